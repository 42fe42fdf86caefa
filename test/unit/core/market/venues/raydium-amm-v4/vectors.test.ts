import { raydiumAmmV4 } from "../../../../../../core/market/venues/raydium-amm-v4/venue.ts";
import { describeVectors } from "../reserve-vectors.ts";

describeVectors(raydiumAmmV4, 1148);
