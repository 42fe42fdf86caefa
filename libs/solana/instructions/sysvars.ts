import type { Address } from "@solana/web3.js";

/** The sysvar through which a program reads its transaction's instructions. */
export const INSTRUCTIONS_SYSVAR = "Sysvar1nstructions1111111111111111111111111" as Address;
