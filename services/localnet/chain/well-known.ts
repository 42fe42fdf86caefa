import { requireAccountKey } from "./keys.ts";

export const SYSTEM_PROGRAM_KEY = requireAccountKey("11111111111111111111111111111111");
export const COMPUTE_BUDGET_KEY = requireAccountKey("ComputeBudget111111111111111111111111111111");
export const TOKEN_PROGRAM_KEY = requireAccountKey("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
export const TOKEN_2022_PROGRAM_KEY = requireAccountKey("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
export const MEMO_V1_PROGRAM_KEY = requireAccountKey("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo");
export const MEMO_PROGRAM_KEY = requireAccountKey("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
export const LOOKUP_TABLE_PROGRAM_KEY = requireAccountKey("AddressLookupTab1e1111111111111111111111111");
export const CLOCK_SYSVAR_KEY = requireAccountKey("SysvarC1ock11111111111111111111111111111111");
export const SLOT_HASHES_SYSVAR_KEY = requireAccountKey("SysvarS1otHashes111111111111111111111111111");
export const ED25519_PROGRAM_KEY = requireAccountKey("Ed25519SigVerify111111111111111111111111111");
export const SECP256K1_PROGRAM_KEY = requireAccountKey("KeccakSecp256k11111111111111111111111111111");
export const SECP256R1_PROGRAM_KEY = requireAccountKey("Secp256r1SigVerify1111111111111111111111111");
export const UPGRADEABLE_LOADER_KEY = requireAccountKey("BPFLoaderUpgradeab1e11111111111111111111111");
