import { SLOTS_PER_EPOCH } from "../../chain/types.ts";
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

	/** What those who wrote to the accounts paid at least. */
	getRecentPrioritizationFees: (chain, params) => {
		const names = params.raw(0) === undefined ? [] : params.list(0, "the account addresses", MAX_FEE_ACCOUNTS);
		const keys = names.map((name, index) => addressOf(name, `account address ${index}`));
		return chain.recentFees(keys).map(({ slot, price }) => ({ slot, prioritizationFee: price }));
	},
};
