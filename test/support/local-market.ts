import type { Config } from "../../config/schema.ts";
import { SOL_MINT } from "../../core/execution/fill.ts";
import type { Address } from "../../core/types/address.ts";
import { encodeBase58 } from "../../core/types/base58.ts";
import { ON_CHAIN_PROGRAMS, readProgram } from "../../programs/load.ts";
import type { Chain } from "../../services/localnet/chain/chain.ts";
import { lendingMarketAccounts } from "../../services/localnet/genesis/klend.ts";
import { ammPoolAccounts } from "../../services/localnet/genesis/raydium-amm-v4.ts";
import { cpmmConfigAccount, cpmmPoolAccounts, orderedSides } from "../../services/localnet/genesis/raydium-cpmm.ts";
import { solendMarketAccounts } from "../../services/localnet/genesis/solend.ts";
import { type GenesisAccount, mintAccount } from "../../services/localnet/genesis/token.ts";

export interface LocalMarketOptions {
	/** Assets and the lenders' reserves, by their places: klend's of USDC and of SOL, Save's of USDC and of SOL. */
	readonly config: Pick<Config, "assets" | "flash_loans">;
	/** Pairs of pools of USDC and a further token. In each the first pool is the cheaper one. */
	readonly pairs: number;
	/** By how much the prices of a pair differ. */
	readonly gapBps: number;
	/** What each pool holds on either side, base units. */
	readonly depth: bigint;
}

const KLEND_FEE_SCALED = (1n << 60n) / 100_000n;
const SOLEND_FEE_WAD = 10n ** 18n / 200_000n;
const SOLEND_HOST_FEE_PERCENTAGE = 20;
/** Of USDC, and of every token here. */
const DECIMALS = 6;
const SOL_DEPTH_LAMPORTS = 100_000_000_000_000n;
const SOL_DOLLARS = 150n;

/**
 * A market whose price gaps stay: pools so deep, and trades so small against them, that a run of thousands does not
 * close a gap. Which pool is cheap is known, so a test can make an intent that lands and one that reverts.
 */
export async function openLocalMarket(chain: Chain, options: LocalMarketOptions): Promise<void> {
	for (const { name, programId } of ON_CHAIN_PROGRAMS) chain.addProgram(programId, readProgram(name));
	const { config, pairs, gapBps, depth } = options;
	const usdc = mintOf(config, "USDC");
	const tier = await cpmmConfigAccount({ index: 0, tradeFeeRate: 2_500n });
	const accounts: GenesisAccount[] = [tier, mintAccount({ address: usdc, decimals: DECIMALS, supply: 10n ** 18n })];
	for (let pair = 0; pair < pairs; pair++) {
		const token = derived(0x10 + pair);
		accounts.push(mintAccount({ address: token, decimals: DECIMALS, supply: 10n ** 18n }));
		const side = (mint: Address, vaultAmount: bigint) => ({ mint, decimals: DECIMALS, vaultAmount });
		const cheap = await cpmmPoolAccounts({
			config: tier.address,
			...orderedSides(side(token, depth + (depth * BigInt(gapBps)) / 10_000n), side(usdc, depth)),
		});
		const dear = await ammPoolAccounts({
			market: derived(0x80 + pair),
			coin: side(token, depth),
			pc: side(usdc, depth),
		});
		accounts.push(...cheap.accounts, ...dear.accounts);
	}
	// One pool, so no cycle: it tells what SOL is worth.
	const sol = await cpmmPoolAccounts({
		config: tier.address,
		...orderedSides(
			{ mint: SOL_MINT, decimals: 9, vaultAmount: SOL_DEPTH_LAMPORTS },
			{ mint: usdc, decimals: DECIMALS, vaultAmount: (SOL_DEPTH_LAMPORTS * SOL_DOLLARS) / 1_000n },
		),
	});
	accounts.push(...sol.accounts);
	accounts.push(...(await lenderAccounts(config.flash_loans.reserves as Address[], usdc)));
	for (const { address, ...account } of accounts) chain.setAccount(address, account);
}

async function lenderAccounts(reserves: readonly Address[], usdc: Address): Promise<readonly GenesisAccount[]> {
	const lent = [
		{ symbol: "USDC", mint: usdc, decimals: DECIMALS },
		{ symbol: "SOL", mint: SOL_MINT, decimals: 9 },
	];
	const made = lent.map((asset) => ({ ...asset, availableAmount: 10n ** 15n }));
	const [klendMarket, solendMarket] = [derived(5), derived(6)];
	const klend = await lendingMarketAccounts({
		lendingMarket: klendMarket,
		owner: klendMarket,
		reserves: made.map((asset, index) => ({ ...asset, reserve: reserves[index]!, flashFeeScaled: KLEND_FEE_SCALED })),
	});
	const solend = await solendMarketAccounts({
		lendingMarket: solendMarket,
		owner: solendMarket,
		reserves: made.map((asset, index) => ({
			...asset,
			reserve: reserves[made.length + index]!,
			flashFeeWad: SOLEND_FEE_WAD,
			hostFeePercentage: SOLEND_HOST_FEE_PERCENTAGE,
		})),
	});
	return [...klend.accounts, ...solend.accounts];
}

/** An address that nobody signs for. */
function derived(last: number): Address {
	return encodeBase58(Uint8Array.from({ length: 32 }, (_, index) => (index === 31 ? last : 9))) as Address;
}

function mintOf({ assets }: Pick<Config, "assets">, symbol: string): Address {
	const asset = assets.find((candidate) => candidate.symbol === symbol);
	if (!asset) throw new Error(`the configuration lists no ${symbol}`);
	return asset.mint as Address;
}
