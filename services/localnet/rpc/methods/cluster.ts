import { BLOCKHASH_WINDOW_SLOTS, SLOTS_PER_EPOCH } from "../../chain/types.ts";
import { addressOf } from "../params.ts";
import { API_VERSION, type Methods, withContext } from "./method.ts";

/** As on mainnet (Agave, `MAX_TX_ACCOUNT_LOCKS`). */
const MAX_FEE_ACCOUNTS = 128;

export const clusterMethods: Methods = {
	getLatestBlockhash: (chain, params) => {
		const { blockhash, lastValidBlockHeight, slot } = chain.latestBlockhash(params.config(0).commitment(chain));
		return withContext(slot, { blockhash, lastValidBlockHeight });
	},

	isBlockhashValid: (chain, params) => {
		const blockhash = params.text(0, "the blockhash");
		addressOf(blockhash, "the blockhash");
		const commitment = params.config(1).commitment(chain);
		return withContext(chain.slot(commitment), chain.isBlockhashValid(blockhash, commitment));
	},

	getSlot: (chain, params) => chain.slot(params.config(0).commitment(chain)),
	getBlockHeight: (chain, params) => chain.slot(params.config(0).commitment(chain)),

	getEpochInfo: (chain, params) => {
		const slot = chain.slot(params.config(0).commitment(chain));
		return {
			absoluteSlot: slot,
			blockHeight: slot,
			epoch: Math.floor(slot / SLOTS_PER_EPOCH),
			slotIndex: slot % SLOTS_PER_EPOCH,
			slotsInEpoch: SLOTS_PER_EPOCH,
			transactionCount: chain.transactionCount,
		};
	},

	getEpochSchedule: () => ({
		firstNormalEpoch: 0,
		firstNormalSlot: 0,
		leaderScheduleSlotOffset: SLOTS_PER_EPOCH,
		slotsPerEpoch: SLOTS_PER_EPOCH,
		warmup: false,
	}),

	getTransactionCount: (chain) => chain.transactionCount,
	getHealth: () => "ok",
	getVersion: () => ({ "solana-core": API_VERSION, "feature-set": 0 }),
	getGenesisHash: (chain) => chain.genesisHash,
	/** The only leader there is. Its name is the genesis hash, which has an address's form. */
	getIdentity: (chain) => ({ identity: chain.genesisHash }),
	getSlotLeader: (chain) => chain.genesisHash,

	/** No slot is ever contended here, so that no fee beyond the base fee is needed. */
	getRecentPrioritizationFees: (chain, params) => {
		const names = params.raw(0) === undefined ? [] : params.list(0, "the account addresses", MAX_FEE_ACCOUNTS);
		for (const [index, name] of names.entries()) addressOf(name, `account address ${index}`);
		const newest = chain.slot("confirmed");
		const oldest = Math.max(chain.oldestSlot(), newest - BLOCKHASH_WINDOW_SLOTS + 1);
		return Array.from({ length: newest - oldest + 1 }, (_, index) => ({
			slot: oldest + index,
			prioritizationFee: 0,
		}));
	},
};
