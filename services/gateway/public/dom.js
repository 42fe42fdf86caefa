/** Builds elements; text is always text, never markup. */
export function element(tag, properties = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(properties)) {
		if (name === "class") node.className = value;
		else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
		else if (name === "data") Object.assign(node.dataset, value);
		else if (value !== false && value !== null && value !== undefined)
			node.setAttribute(name, value === true ? "" : value);
	}
	node.append(...children.filter((child) => child !== null && child !== undefined));
	return node;
}

export function byId(id) {
	return document.getElementById(id);
}

/** Changes a text only when it is another: unchanged nodes cost the browser nothing. */
export function setText(id, text) {
	const node = byId(id);
	if (node.textContent !== text) node.textContent = text;
}

/** A button that puts a text on the clipboard and says so. */
export function copyButton(text, what) {
	const button = element("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "copy");
	button.addEventListener("click", async (event) => {
		event.stopPropagation();
		try {
			await navigator.clipboard.writeText(text);
			button.textContent = "copied";
		} catch {
			// Without permission a person can still mark and copy it in the trace.
			button.textContent = "denied";
		}
		setTimeout(() => {
			button.textContent = "copy";
		}, 1_200);
	});
	return button;
}
