import { join } from "node:path";
import type { Address } from "@solana/web3.js";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { LocalnetStatus } from "../../broker/contracts/localnet.ts";
import type { Config } from "../../config/schema.ts";
import type { Clock, Random } from "../../core/types/clock.ts";
import { parseDecimal } from "../../core/types/decimal.ts";
import { acquireFolderLock, type FolderLock } from "../../libs/folder-lock.ts";
import { readKeystoreAddress } from "../../libs/keystore/keystore.ts";
import { openWallet } from "../../libs/solana/keypair.ts";
import { Chain } from "./chain/chain.ts";
import { type GenesisAccount, tokenAccount } from "./genesis/token.ts";
import { chainIdentity } from "./identity.ts";
import type { PlannedReserve } from "./market/genesis.ts";
import { Market } from "./market/market.ts";
import { checkPrograms, installPrograms } from "./programs.ts";
import { PubSubServer } from "./pubsub/pubsub-server.ts";
import { RpcServer } from "./rpc/rpc-server.ts";

export interface LocalnetOptions {
	readonly config: Config;
	readonly clock: Clock;
	readonly random: Random;
	readonly onNotice: (message: string) => void;
}

/** Whose the local reserves are and what they lend, by their places in `flash_loans.reserves`. */
const LOCAL_RESERVES: readonly Omit<PlannedReserve, "address">[] = [
	{ lender: "klend", symbol: "USDC" },
	{ lender: "klend", symbol: "SOL" },
	{ lender: "solend", symbol: "USDC" },
	{ lender: "solend", symbol: "SOL" },
];

interface Parts {
	readonly chain: Chain;
	readonly market: Market;
	readonly rpc: RpcServer;
	readonly pubsub: PubSubServer;
	readonly lock: FolderLock | null;
}

/** The embedded chain behind its two servers, with the bots that trade on it. */
export class Localnet {
	readonly #parts: Parts;
	readonly #slotMs: number;
	readonly #timers = new Set<NodeJS.Timeout>();
	#stopped = false;

	private constructor(parts: Parts, slotMs: number) {
		this.#parts = parts;
		this.#slotMs = slotMs;
		parts.chain.events.on("slot", ({ slot }) => this.#tradeSlot(slot));
		parts.chain.start();
	}

	/**
	 * Opens the kept chain, or makes a new one with its market and a funded trading wallet, and serves it.
	 *
	 * @throws Error naming the fix: a busy port, a folder in use or not writable, a chain of other settings
	 */
	static async start(options: LocalnetOptions): Promise<Localnet> {
		const { config, clock, onNotice } = options;
		const folder = config.localnet.persist ? join(config.data_folder, "localnet") : null;
		const lock = folder === null ? null : await lockFolder(folder);
		let chain: Chain | null = null;
		try {
			chain = Chain.open({
				dataFolder: folder === null ? null : join(folder, "chain"),
				slotDurationMs: config.localnet.slot_ms,
				genesisSeed: folder === null ? newSeed(options) : chainIdentity(folder, config.localnet.seed, options.random),
				clock,
				onNotice: ({ message }) => onNotice(message),
				limits: { historyTransactions: config.localnet.history_transactions },
			});
			const market = await openMarket(chain, options);
			chain.sealGenesis();
			const [rpc, pubsub] = await serve(chain, options);
			return new Localnet({ chain, market, rpc, pubsub, lock }, config.localnet.slot_ms);
		} catch (error) {
			chain?.close();
			lock?.release();
			throw error;
		}
	}

	status(): LocalnetStatus {
		const { chain, market, rpc, pubsub } = this.#parts;
		return {
			slot: chain.slot("processed"),
			genesisHash: chain.genesisHash,
			rpcPort: rpc.port,
			wsPort: pubsub.port,
			pools: market.poolCount,
			botSwaps: market.activity.sent,
			botRefusals: market.activity.refused,
		};
	}

	/** Idempotent. */
	async stop(): Promise<void> {
		if (this.#stopped) return;
		this.#stopped = true;
		const { chain, rpc, pubsub, lock } = this.#parts;
		chain.stop();
		for (const timer of this.#timers) clearTimeout(timer);
		await Promise.all([rpc.close(), pubsub.close()]);
		chain.close();
		lock?.release();
	}

	/** Spreads the bots' trades of a slot over its time. */
	#tradeSlot(slot: number): void {
		const { market } = this.#parts;
		const due = market.tradesDueIn(slot);
		for (let index = 0; index < due; index++) {
			const timer = setTimeout(
				() => {
					this.#timers.delete(timer);
					market.trade(slot, index);
				},
				(this.#slotMs * index) / due,
			);
			this.#timers.add(timer);
		}
	}
}

async function lockFolder(folder: string): Promise<FolderLock> {
	const lock = await acquireFolderLock(folder);
	if (!lock.ok) {
		throw new Error(`the chain in ${folder} is run by process ${lock.error.pid}: stop it, or set MOJO_DATA_FOLDER`);
	}
	return lock.value;
}

function newSeed({ config, random }: LocalnetOptions): string {
	return `${config.localnet.seed}-${random.nextUint32()}`;
}

async function openMarket(chain: Chain, { config, onNotice }: LocalnetOptions): Promise<Market> {
	const { localnet, flash_loans } = config;
	if (chain.needsGenesis) installPrograms(chain, localnet.programs_folder);
	else checkPrograms(chain, localnet.programs_folder, onNotice);
	const market = await Market.open(chain, {
		seed: localnet.seed,
		pools: localnet.pools,
		traders: localnet.traders,
		tradesPerSecond: localnet.trades_per_second,
		volatilityBps: localnet.volatility_bps,
		slotMs: localnet.slot_ms,
		assets: config.assets,
		reserves: LOCAL_RESERVES.flatMap((reserve, index) => {
			const address = flash_loans.reserves[index];
			return address === undefined ? [] : [{ ...reserve, address: address as Address }];
		}),
	});
	const wallet = { address: await walletAddress(config) };
	const lamports = BigInt(localnet.wallet_lamports);
	// At genesis the balance simply is there, at every commitment: whoever opens books on it sees no deposit.
	if (chain.needsGenesis) {
		chain.setAccount(wallet.address, { lamports, owner: SYSTEM_PROGRAM_ADDRESS, data: new Uint8Array() });
		for (const { address, ...account } of await walletTokens(wallet.address, config))
			chain.setAccount(address, account);
	} else if (chain.getAccount(wallet.address) === null) chain.airdrop(wallet.address, lamports);
	return market;
}

/** Of the key that the executors sign with; who funds it need not open it. */
async function walletAddress({ security }: Config): Promise<Address> {
	if (security.keystore_path !== null) return readKeystoreAddress(security.keystore_path);
	return (await openWallet(security.wallet_path, { create: security.create_wallet })).address;
}

/** The wallet's token accounts at genesis: what orders by hand can spend. */
async function walletTokens(wallet: Address, { localnet, assets }: Config): Promise<readonly GenesisAccount[]> {
	return Promise.all(
		Object.entries(localnet.wallet_tokens).map(async ([symbol, text]) => {
			const asset = assets.find((candidate) => candidate.symbol === symbol);
			const amount = parseDecimal(text, asset?.decimals ?? 0);
			if (!asset || !amount.ok) {
				throw new Error(`localnet.wallet_tokens: ${symbol} = "${text}" is no amount of an asset that is listed`);
			}
			const mint = asset.mint as Address;
			const [address] = await findAssociatedTokenPda({ owner: wallet, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
			return tokenAccount({ address, mint, owner: wallet, amount: amount.value });
		}),
	);
}

async function serve(chain: Chain, { config, clock, onNotice }: LocalnetOptions): Promise<[RpcServer, PubSubServer]> {
	const { rpc_port, ws_port, max_body_bytes, max_connections, max_requests_per_second } = config.localnet;
	const rpc = await RpcServer.start({
		chain,
		port: rpc_port,
		clock,
		limits: {
			maxBodyBytes: max_body_bytes,
			maxConnections: max_connections,
			maxRequestsPerSecond: max_requests_per_second,
		},
		onInternalError: (method, error) => onNotice(`RPC method ${method} failed: ${(error as Error).message}`),
	});
	try {
		const limits = { maxConnections: max_connections, maxRequestsPerSecond: max_requests_per_second };
		return [rpc, await PubSubServer.start({ chain, port: ws_port, clock, limits })];
	} catch (error) {
		await rpc.close();
		throw error;
	}
}
