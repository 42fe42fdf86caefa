import type { Runtime } from "../../broker/runtime.ts";
import { signerLimitsFrom } from "../../core/execution/signer-limits.ts";
import { SignerPolicy } from "../../core/execution/signer-policy.ts";
import { openKeystore } from "../../libs/keystore/keystore.ts";
import type { Vault } from "../../libs/secrets/vault.ts";
import { openWallet, type Wallet } from "../../libs/solana/keypair.ts";
import { PolicedWallet } from "../../libs/solana/policed-wallet.ts";

/**
 * The configured key, behind the policy of the signer.
 *
 * @throws Error naming the file or the setting, and the fix
 */
export async function openPolicedWallet({ config, clock, vault }: Runtime): Promise<PolicedWallet> {
	const { assets, risk, security } = config;
	const limits = signerLimitsFrom({ settings: security, assets, tipAccounts: risk.tip_accounts });
	if (!limits.ok) throw new Error(limits.error.join("\n"));
	const wallet = await openKey(security, vault);
	return new PolicedWallet({ wallet, policy: new SignerPolicy(limits.value), clock });
}

async function openKey(security: Runtime["config"]["security"], vault: Vault): Promise<Wallet> {
	const { keystore_path: path, passphrase_source, wallet_path, create_wallet: create } = security;
	const onSecret = (secret: Uint8Array) => vault.redactor.addKey(secret);
	if (path === null) return openWallet(wallet_path, { create, onSecret });
	const passphrase = await vault.passphrase(passphrase_source, `the keystore ${path}`);
	return openKeystore({ path, passphrase, onSecret });
}
