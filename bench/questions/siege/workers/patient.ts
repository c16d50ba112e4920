import { createGateway } from "../../../../src/gateway/gateway.ts";
import { patientConfig } from "../tidemark.config.ts";

const gateway = createGateway(patientConfig);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
