import { byId, setText } from "./dom.js";

const TOKEN_KEY = "mojo-api-token";

/** The API token that this tab was given, or null. */
export function keptToken() {
	return sessionStorage.getItem(TOKEN_KEY);
}

export function keepToken(token) {
	sessionStorage.setItem(TOKEN_KEY, token);
}

export function forgetToken() {
	sessionStorage.removeItem(TOKEN_KEY);
}

const TEXTS = {
	halt: {
		title: "Halt trading",
		text: "Nothing is signed any more, also after a restart, until a person resumes. What is in flight is settled.",
		submit: "Halt",
	},
	resume: { title: "Resume trading", text: "The desk signs again from now on.", submit: "Resume" },
};

/** The halt button and its dialog: asks for the reason, and for the token once a tab. */
export class Control {
	#command = "halt";

	constructor() {
		byId("halt").addEventListener("click", () => this.#open());
		byId("control-cancel").addEventListener("click", () => byId("control").close());
		byId("control-form").addEventListener("submit", (event) => {
			event.preventDefault();
			void this.#send();
		});
	}

	/** The button does what the state leaves to do. */
	stateIs(tradingState) {
		this.#command = tradingState === "active" ? "halt" : "resume";
		const button = byId("halt");
		button.classList.toggle("go", this.#command === "resume");
		if (button.textContent !== TEXTS[this.#command].submit) button.textContent = TEXTS[this.#command].submit;
	}

	#open() {
		const { title, text, submit } = TEXTS[this.#command];
		setText("control-title", title);
		setText("control-text", text);
		setText("control-submit", submit);
		setText("control-failure", "");
		byId("control-submit").classList.toggle("go", this.#command === "resume");
		byId("control-form").dataset.command = this.#command;
		byId("control-reason").value = "";
		byId("control-token-label").hidden = keptToken() !== null;
		byId("control").showModal();
		byId("control-reason").focus();
	}

	async #send() {
		const { command } = byId("control-form").dataset;
		const token = keptToken() ?? byId("control-token").value.trim();
		const submit = byId("control-submit");
		submit.disabled = true;
		setText("control-failure", "");
		try {
			const response = await fetch(`api/${command}`, {
				method: "POST",
				headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
				body: JSON.stringify({ reason: byId("control-reason").value }),
			});
			const answer = await response.json();
			if (response.ok) {
				keepToken(token);
				byId("control-token").value = "";
				byId("control").close();
				return;
			}
			if (response.status === 401) this.#askForTokenAgain();
			setText("control-failure", response.status === 401 ? "This is not the API token." : answer.error.message);
		} catch {
			setText(
				"control-failure",
				"The gateway does not answer. On its machine, stopping the process stops trading too.",
			);
		} finally {
			submit.disabled = false;
		}
	}

	#askForTokenAgain() {
		forgetToken();
		byId("control-token-label").hidden = false;
		byId("control-token").focus();
	}
}
