import type { Runtime } from "../../broker/runtime.ts";
import { configHash } from "../../config/fingerprint.ts";
import { loadApprovalKey } from "../../libs/approval-key.ts";
import { ApprovalSeal } from "../../libs/approval-seal.ts";
import { ArmingStore } from "../../libs/arming/arming-store.ts";
import { buildHash } from "../../libs/arming/build-hash.ts";
import { createMessageMac } from "../../libs/message-mac.ts";
import { SettlementSeal } from "../../libs/settlement-seal.ts";
import { ArmingView } from "./arming-view.ts";
import { EpochMemory } from "./epoch-memory.ts";
import { RiskAuthority } from "./risk-authority.ts";
import { SigningGate } from "./signing-gate.ts";
import type { TradingStateView } from "./trading-state-view.ts";

export interface OpenGateOptions {
	readonly runtime: Runtime;
	/** Holds the folders of all executors of this machine. */
	readonly parent: string;
	/** This executor's own. */
	readonly folder: string;
	readonly tradingState: TradingStateView;
	readonly onTrouble: (what: string) => void;
}

/** What an executor believes risk by, and what risk believes it by. */
export interface OpenedGate {
	readonly gate: SigningGate;
	readonly settlementSeal: SettlementSeal;
}

/**
 * The gate of an executor, with the key and the epochs that it goes by.
 *
 * @throws Error naming the file when the key or an epoch cannot be read
 */
export async function openGate(options: OpenGateOptions): Promise<OpenedGate> {
	const { runtime, parent, folder, tradingState, onTrouble } = options;
	const { config, clock } = runtime;
	const key = await loadApprovalKey({
		configured: config.security.approval_key,
		dataFolder: config.data_folder,
		vault: runtime.vault,
	});
	const mac = await createMessageMac(key);
	const authority = new RiskAuthority({
		seal: new ApprovalSeal(mac),
		epochs: await EpochMemory.open(parent, folder),
		clock,
		leaseMs: config.risk.lease_ms,
		onTrouble,
	});
	const arming = await openArming(runtime);
	const gate = new SigningGate({ authority, tradingState, killSwitch: runtime.killSwitch, arming });
	return { gate, settlementSeal: new SettlementSeal(mac) };
}

/** Null: on a chain of play money nobody has to arm. */
async function openArming({ config, clock }: Runtime): Promise<ArmingView | null> {
	const isDryRun = config.execution.dry_run;
	if (config.mode !== "live" && !isDryRun) return null;
	const view = new ArmingView({
		people: config.security.arming_people,
		arms: { build: buildHash(), config: configHash(config) },
		store: new ArmingStore(config.data_folder),
		clock,
		isDryRun,
	});
	await view.reload();
	return view;
}
