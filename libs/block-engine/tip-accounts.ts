import type { Address } from "../../core/types/address.ts";

/**
 * The tip accounts of Jito's tip payment program on mainnet (docs.jito.wtf, "Low Latency Transaction Send",
 * `getTipAccounts`). A bundle has to write to one of them.
 */
export const MAINNET_TIP_ACCOUNTS = [
	"96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5",
	"HFqU5x63VTqvQss8hp11i4wVV8bD44PvwucfZ2bU7gRe",
	"Cw8CFyM9FkoMi7K7Crf6HNQqf4uEMzpKw6QNghXLvLkY",
	"ADaUMid9yfUytqMBgopwjb2DTLSokTSzL1zt6iGPaS49",
	"DfXygSm4jCyNCybVYYK6DwvWqjKee8pbDmJGcLWNDXjh",
	"ADuUkR4vqLUMWXxW9gh6D6L8pMSawimctcNZ5pGwDcEt",
	"DttWaMuVvTiduZRnguLF7jNxTgiMBZ1hyAumKUiL2KRL",
	"3AVi9Tg9Uo68tJfuvoKvqKNWKkC5wPdSSdeBnizKZ6jT",
] as unknown as readonly Address[];

/** The least tip that a bundle is considered with, lamports (the same page, tip amount). */
export const LEAST_TIP_LAMPORTS = 1_000n;
