import type { IsolateCalls } from "../../src/keeper/protocol/calls.ts";
import type { Random } from "../../testing/random.ts";
import type { Timeline } from "../../testing/time/timeline.ts";
import { received } from "./message.ts";
import { here } from "./scope.ts";
import type { Leg, Weather } from "./weather.ts";

/** Whoever is called: a call meets one of its instances. */
export interface Callee<O> {
  call<A>(random: Random, work: (object: O) => Promise<A>): Promise<A>;
}

/** A way from one machine to another, and back. */
export interface Line<O> {
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly to: Leg;
  readonly from: Leg;
  readonly callee: Callee<O>;
  /** Nothing gets through at present. */
  readonly isCut?: () => boolean;
  /** An answer has arrived: its effects must be audited. */
  readonly arrived?: () => void;
}

/** A remote call: arguments and result are copies; both ways take time and can lose the message. */
export function callOver<O, Q, A>(
  { timeline, weather, to, from, callee, isCut, arrived }: Line<O>,
  request: Q,
  work: (object: O, sent: Q) => Promise<A>,
): Promise<A> {
  const scope = here();
  const { random } = scope;
  const sent = received(request);
  const lost = () => new Promise<A>(() => {});
  const travel = async (): Promise<A> => {
    await timeline.sleep(weather.delay(to, random));
    if (weather.happens("call-lost", random) || isCut?.()) return lost();
    const answer = await callee
      .call(random, (object) => work(object, sent))
      .then(
        (value) => ({ value: received(value) }),
        (error: unknown) => ({ error }),
      );
    if (weather.happens("answer-lost", random) || isCut?.()) return lost();
    await timeline.sleep(weather.delay(from, random));
    arrived?.();
    if ("error" in answer) throw answer.error;
    return answer.value;
  };
  return scope.own(travel());
}

/** What isolates and mirrors ask, over this line. `tell` gets the name of each call. */
export function callsOver(
  line: Line<IsolateCalls>,
  tell: (call: keyof IsolateCalls) => void = () => {},
): IsolateCalls {
  return {
    sync(request) {
      tell("sync");
      return callOver(line, request, (object, sent) => object.sync(sent));
    },
    fill(request) {
      tell("fill");
      return callOver(line, request, (object, sent) => object.fill(sent));
    },
    audience(request) {
      tell("audience");
      return callOver(line, request, (object, sent) => object.audience(sent));
    },
  };
}
