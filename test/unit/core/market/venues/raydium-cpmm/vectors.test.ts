import { raydiumCpmm } from "../../../../../../core/market/venues/raydium-cpmm/venue.ts";
import { describeVectors } from "../reserve-vectors.ts";

describeVectors(raydiumCpmm, 1091);
