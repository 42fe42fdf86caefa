import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { CheckedMessage } from "../../core/execution/message-check.ts";
import type { LookupTables } from "../../core/execution/message-reader.ts";
import type { SignedSpending } from "../../core/execution/signer-spending.ts";
import { venueById } from "../../core/market/venues/index.ts";
import type { DeriveAddress } from "../../core/market/venues/venue.ts";
import type { Address } from "../../core/types/address.ts";
import type { Signature } from "../../core/types/identifiers.ts";
import { Base58 } from "./base58.ts";
import { BlockhashBytes, type MessageTemplate } from "./message-template.ts";
import { type PolicedWallet, PolicyViolation } from "./policed-wallet.ts";
import { ProgramAddresses } from "./program-address.ts";
import type { Route } from "./route.ts";

/** A transaction that may be sent: as often as one likes, it lands at most once. */
export interface SignedTransaction {
	readonly signature: Signature;
	/** The wire bytes as base64. */
	readonly base64: string;
	/** It pays a tip, so that a block engine takes it. */
	readonly isTipped?: boolean;
	/** What it counted as against the signer's caps. */
	readonly spending?: SignedSpending;
}

/** Whose accounts a route's message may name. */
export interface RouteAccounts {
	readonly route: Route;
	/** The wallet's, by mint. */
	readonly tokenAccounts: ReadonlyMap<Address, Address>;
	/** Of the tables that the message looks addresses up in; none unless given. */
	readonly lookupTables?: LookupTables;
}

const NO_TABLES: LookupTables = new Map();

/** Makes the one transaction of an intent. Every signer with the same key makes the same bytes of it. */
export class IntentSigner {
	readonly #wallet: PolicedWallet;
	readonly #blockhashes = new BlockhashBytes();
	readonly #base58 = new Base58();
	readonly #addresses = new ProgramAddresses();
	readonly #derive: DeriveAddress = (program, seeds) => this.#addresses.derive(program, seeds);
	readonly #checked = new WeakMap<MessageTemplate, CheckedMessage>();

	constructor(wallet: PolicedWallet) {
		this.#wallet = wallet;
	}

	/**
	 * Has a template checked, once, before it is signed.
	 *
	 * @throws PolicyViolation when the route does what may not be signed
	 */
	admit(template: MessageTemplate, { route, tokenAccounts, lookupTables = NO_TABLES }: RouteAccounts): void {
		if (this.#checked.has(template)) return;
		const ownAccounts = new Map([...tokenAccounts].map(([mint, account]) => [account, mint]));
		const context = { ownAccounts, counterparties: this.#counterpartiesOf(route), lookupTables };
		this.#checked.set(template, this.#wallet.check(template.message, context));
	}

	/** The wire bytes of an intent as base64, without a signature: for a simulation. */
	draft(template: MessageTemplate, intent: ApprovedIntent): string {
		template.patch(intent, this.#blockhashes.of(intent.blockhash));
		template.signature.fill(0);
		return template.base64;
	}

	/**
	 * Hot path.
	 *
	 * @throws PolicyViolation when the template was not admitted, or the intent's values pass a limit
	 */
	sign(template: MessageTemplate, intent: ApprovedIntent): SignedTransaction {
		const checked = this.#checked.get(template);
		if (!checked) throw new PolicyViolation("the route's message was never checked");
		template.patch(intent, this.#blockhashes.of(intent.blockhash));
		const spending = this.#wallet.sign(template.message, template.signature, checked);
		return {
			signature: this.#base58.signature(template.signature),
			base64: template.base64,
			isTipped: intent.tip !== null,
			spending,
		};
	}

	/** What the pools and the lender of a route may have written to, and what pools' programs keep for the wallet. */
	#counterpartiesOf({ legs, lender, tipAccount }: Route): ReadonlySet<Address> {
		const accounts = new Set<Address>();
		for (const { pool, arrays } of legs) {
			const kept = venueById(pool.venue).walletAccounts?.(pool, this.#wallet.address, this.#derive) ?? [];
			const named = [pool.address, pool.vaultA, pool.vaultB, ...Object.values(pool.swapAccounts), ...arrays];
			for (const account of [...named, ...kept.map(({ address }) => address)]) accounts.add(account);
		}
		if (lender) for (const account of [lender.reserve, lender.supplyVault, lender.feeVault]) accounts.add(account);
		// A tip account takes lamports by its own rule alone.
		if (tipAccount) accounts.delete(tipAccount);
		return accounts;
	}
}
