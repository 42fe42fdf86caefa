/** What risk says to its operators. */
export interface RiskLogger {
	info(text: string): void;
	warn(text: string): void;
	error(text: string): void;
}
