import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { KnownTable } from "../../core/execution/lookup-table.ts";
import type { LookupTables as LookupTableEntries } from "../../core/execution/message-reader.ts";
import type { RefusalCode } from "../../core/execution/submission.ts";
import type { Address } from "../../core/types/address.ts";
import { failure, type Result } from "../../core/types/result.ts";
import type { IntentSigner } from "../../libs/solana/intent-signer.ts";
import { compileTemplate, type MessageTemplate } from "../../libs/solana/message-template.ts";
import type { Route } from "../../libs/solana/route.ts";
import { TemplateCache } from "../../libs/solana/template-cache.ts";
import { type CatalogView, routeKey } from "./catalog-view.ts";
import type { LookupTables } from "./lookup-tables.ts";
import { type Refusal, refusalOf } from "./refusal.ts";

export interface RouteTemplatesOptions {
	readonly wallet: { readonly address: Address };
	/** By mint; filled while the executor starts, and again when there are new mints. */
	readonly tokenAccounts: ReadonlyMap<Address, Address>;
	/** Those that venues' programs keep for the wallet and that are on the chain. */
	readonly keptAccounts: ReadonlySet<Address>;
	readonly catalog: CatalogView;
	readonly tables: Pick<LookupTables, "current" | "offered" | "read" | "demand">;
	readonly signer: Pick<IntentSigner, "admit">;
	/** Reads the catalog anew; resolves also when it could not be read. */
	readonly refreshCatalog: () => Promise<void>;
}

/** A route's message, compiled and checked: what is left is to fill in an intent's values. */
export interface PreparedRoute {
	readonly route: Route;
	readonly template: MessageTemplate;
}

/** Templates kept, some kilobytes each. */
const MOST_ROUTES = 4_096;
/** What may be known when catalog and lookup table are read anew. */
const READ_AGAIN: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
	"unknownPool",
	"unknownReserve",
	"unusableLookupTable",
]);
const NO_TABLES: LookupTableEntries = new Map();

/** The messages of routes, each compiled once and checked by the signer's policy once. */
export class RouteTemplates {
	readonly #options: RouteTemplatesOptions;
	readonly #templates = new TemplateCache(MOST_ROUTES);
	#catalogReads: Promise<void> | null = null;

	constructor(options: RouteTemplatesOptions) {
		this.#options = options;
	}

	get size(): number {
		return this.#templates.size;
	}

	/** What an intent's transaction is made of, or why there is none. */
	prepareFor(intent: ApprovedIntent): Result<PreparedRoute, Refusal> {
		const { catalog, tables } = this.#options;
		const route = catalog.route(intent);
		if (!route.ok) return route;
		if (intent.lookupTable === null) return this.#prepare(route.value, null);
		const table = tables.offered(intent.lookupTable);
		return table.ok ? this.#prepare(route.value, table.value) : table;
	}

	/** Whether a refusal may be none once feed and chain were asked again. */
	mayLearn({ code }: Refusal): boolean {
		return READ_AGAIN.has(code);
	}

	/** Feed and chain may know by now what was missing. */
	async learn({ lookupTable }: ApprovedIntent, { code }: Refusal): Promise<void> {
		const table = lookupTable && this.#options.tables.read(lookupTable.address);
		await Promise.all([code === "unusableLookupTable" ? null : this.#readCatalog(), table]);
	}

	/** Routes compiled before somebody needs them are not compiled in the hot path. @returns false when there is no room */
	warm(route: Route): boolean {
		if (this.#templates.isFull) return false;
		const { tables } = this.#options;
		const prepared = this.#prepare(route, null);
		if (!prepared.ok && prepared.error.code === "transactionTooLarge" && tables.current) {
			this.#prepare(route, tables.current);
		}
		return true;
	}

	/** Routes of an older catalog go. */
	clear(): void {
		this.#templates.clear();
	}

	/** @param table what the message looks accounts up in, and nothing else of it: risk has sealed which and how much */
	#prepare(route: Route, table: KnownTable | null): Result<PreparedRoute, Refusal> {
		const { wallet, tokenAccounts, tables, signer } = this.#options;
		for (const { pool } of route.legs) {
			if (!tokenAccounts.has(pool.mintA) || !tokenAccounts.has(pool.mintB)) {
				return failure({
					code: "unknownPool",
					detail: `the wallet has no token account yet for a mint of ${pool.address}`,
				});
			}
		}
		const key = templateKey(route, table);
		const missing = this.#templates.has(key) ? null : this.#missingOf(route);
		if (missing !== null) return failure({ code: "unknownPool", detail: missing });
		const template = this.#templates.get(key, () =>
			compileTemplate(route, { address: wallet.address, tokenAccounts }, table),
		);
		if (!template.ok) {
			tables.demand();
			return template;
		}
		const lookupTables = table ? new Map([[table.address, table.entries]]) : NO_TABLES;
		try {
			signer.admit(template.value, { route, tokenAccounts, lookupTables });
		} catch (error) {
			return failure(refusalOf(error as Error));
		}
		return { ok: true, value: { route, template: template.value } };
	}

	/** A swap would make what is missing at the wallet's cost, which no trade reckons with. */
	#missingOf({ legs }: Route): string | null {
		const { wallet, keptAccounts, catalog } = this.#options;
		for (const { pool } of legs) {
			const missing = catalog.keptAccountsOf(pool, wallet.address).find(({ address }) => !keptAccounts.has(address));
			if (missing) return `${pool.venue} does not keep ${missing.address} for the wallet yet`;
		}
		return null;
	}

	/** One catalog read serves all that wait for it. */
	#readCatalog(): Promise<void> {
		this.#catalogReads ??= this.#options.refreshCatalog().finally(() => {
			this.#catalogReads = null;
		});
		return this.#catalogReads;
	}
}

/** A message is another with every other table, and with every other part of the same one. */
function templateKey(route: Route, table: KnownTable | null): string {
	return table ? `${routeKey(route)}@${table.address}:${table.entries.length}` : routeKey(route);
}
