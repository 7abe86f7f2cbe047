/*
 * options: whom this user pins, where no administrator has pinned anybody.
 */
import { loadRaw, readSettings } from "../policy/settings.js";

const LISTS = ["keys", "domains", "promises"];
const { i18n, storage } = messenger;

function field(id) {
	return document.getElementById(id);
}

function linesOf(text) {
	return text.split("\n").filter((line) => line.trim() !== "");
}

function say(text) {
	field("said").textContent = text;
}

function tell(faults) {
	say(faults.length === 0 ? ""
	    : [i18n.getMessage("optionsFaults"), ...faults].join("\n"));
}

async function fill() {
	const { raw, managed } = await loadRaw(storage);

	for (const name of LISTS)
		field(name).value = (raw[name] ?? []).join("\n");
	field("resolver").value = raw.resolver ?? "";
	field("managed").hidden = !managed;
	for (const input of field("form").elements)
		input.disabled = managed;
	tell(readSettings(raw).faults);
}

/* Saved only when all of it can be read. */
async function save(event) {
	const raw = { resolver: field("resolver").value.trim() };

	event.preventDefault();
	for (const name of LISTS)
		raw[name] = linesOf(field(name).value);
	const { faults } = readSettings(raw);

	tell(faults);
	if (faults.length > 0)
		return;
	await storage.local.set(raw);
	say(i18n.getMessage("optionsSaved"));
}

document.documentElement.lang = i18n.getUILanguage();
for (const element of document.querySelectorAll("[data-text]"))
	element.textContent = i18n.getMessage(element.dataset.text);
field("form").addEventListener("submit", save);
fill().then(() => {
	document.body.dataset.ready = "yes";
});
