import { connect, type Socket } from "node:net";
import { SERIAL, type WireRequest } from "./order.ts";

const HEAD_END = Buffer.from("\r\n\r\n");

/** Heads seen, so that each is parsed once: they differ by an `Age` a second. */
const MAX_HEADS = 1_000;

/** Counts in this process: a request with a new serial number is for something never requested before. */
let lastSerial = 0;

/** Called with the reason why the answer is wrong; null if it is right. */
type OnAnswer = (wrong: string | null, connection: Connection) => void;

/**
 * A keep-alive connection that speaks just enough HTTP/1.1 to load a server: one request at a time, answers with a
 * Content-Length, every byte of which is compared. Node's own client takes more CPU than the server it measures.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #onAnswer: OnAnswer;
  readonly #wires = new Map<WireRequest, Wire>();
  #current: Wire | undefined;
  #head: Buffer | undefined;
  #bodyLeft = 0;
  #bodyAt = 0;
  #wrong: string | null = null;

  private constructor(socket: Socket, onAnswer: OnAnswer) {
    this.#socket = socket;
    this.#onAnswer = onAnswer;
    socket.on("data", (chunk) => this.#take(chunk));
    const lost = (reason: string) => {
      if (this.#current === undefined) return;
      this.#current = undefined;
      onAnswer(`connection lost: ${reason}`, this);
    };
    socket.on("error", (error) => lost(error.message));
    socket.on("close", () => lost("closed"));
  }

  /** @param onAnswer called once for each request sent */
  static open(host: string, port: number, onAnswer: OnAnswer): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new Connection(socket, onAnswer));
      });
    });
  }

  get open(): boolean {
    return this.#socket.writable;
  }

  send(request: WireRequest): void {
    let wire = this.#wires.get(request);
    if (wire === undefined) {
      const isNumbered = request.head.includes(SERIAL);
      const bytes = isNumbered ? null : Buffer.from(request.head, "latin1");
      wire = { request, bytes, heads: new Map() };
      this.#wires.set(request, wire);
    }
    this.#current = wire;
    this.#socket.write(wire.bytes ?? numbered(request));
  }

  close(): void {
    this.#current = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const wire = this.#current;
    if (wire === undefined) return;
    if (this.#bodyLeft > 0) {
      this.#takeBody(chunk, wire);
      return;
    }
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) {
      this.#head = bytes;
      return;
    }
    this.#head = undefined;
    const { wrong, length } = judgeHead(bytes.toString("latin1", 0, end), wire);
    this.#wrong = wrong;
    this.#bodyLeft = length;
    this.#bodyAt = 0;
    const rest = bytes.subarray(end + HEAD_END.length);
    if (length > 0) {
      if (rest.length > 0) this.#takeBody(rest, wire);
    } else this.#done(rest.length);
  }

  #takeBody(chunk: Buffer, { request }: Wire): void {
    const { body } = request.expected;
    const length = Math.min(chunk.length, this.#bodyLeft);
    const from = this.#bodyAt;
    if (this.#wrong === null && chunk.compare(body, from, from + length, 0, length) !== 0) {
      this.#wrong = `the body differs within bytes ${from} to ${from + length}`;
    }
    this.#bodyAt += length;
    this.#bodyLeft -= length;
    if (this.#bodyLeft === 0) this.#done(chunk.length - length);
  }

  #done(bytesTooMany: number): void {
    this.#current = undefined;
    this.#onAnswer(bytesTooMany > 0 ? `${bytesTooMany} bytes after the end` : this.#wrong, this);
  }
}

function numbered({ head }: WireRequest): Buffer {
  return Buffer.from(head.replace(SERIAL, String(++lastSerial)), "latin1");
}

interface Wire {
  readonly request: WireRequest;
  /** Null: each one has a number of its own. */
  readonly bytes: Buffer | null;
  readonly heads: Map<string, Head>;
}

interface Head {
  readonly wrong: string | null;
  /** Of the body that follows. */
  readonly length: number;
}

function judgeHead(text: string, { request, heads }: Wire): Head {
  const known = heads.get(text);
  if (known !== undefined) return known;
  const head = parseHead(text, request);
  if (heads.size >= MAX_HEADS) heads.clear();
  heads.set(text, head);
  return head;
}

function parseHead(text: string, { expected, bodyless }: WireRequest): Head {
  const [statusLine = "", ...lines] = text.toLowerCase().split("\r\n");
  const headers = new Set(lines);
  const status = Number(statusLine.split(" ")[1]);
  const lengthLine = lines.find((line) => line.startsWith("content-length: "));
  const declared = Number(lengthLine?.slice("content-length: ".length) ?? 0);
  const length = bodyless ? 0 : declared;
  const [missing] =
    expected.headers
      .map((line) => (typeof line === "string" ? [line] : line))
      .find((lines) => !lines.some((line) => headers.has(line.toLowerCase()))) ?? [];
  let wrong: string | null = null;
  if (status !== expected.status) wrong = `status ${status}, not ${expected.status}`;
  else if (missing !== undefined) {
    const name = missing.slice(0, missing.indexOf(":") + 1);
    wrong = `"${lines.find((line) => line.startsWith(name)) ?? `no ${name}`}", not "${missing}"`;
  } else if (!bodyless && declared !== expected.body.length) {
    wrong = `${lengthLine ?? "no content-length"}, not ${expected.body.length}`;
  }
  return { wrong, length };
}
