/** The stages that every intent passes, in order. */
export const STAGES = ["received", "decoded", "found", "approved", "claimed", "signed", "sent", "landed"] as const;

export type Stage = (typeof STAGES)[number];

/** When an intent reached a stage: microseconds since the Unix epoch; a stage not reached is absent. */
export type StageTimings = { readonly [stage in Stage]?: number };
