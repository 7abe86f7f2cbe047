/*
 * words: a judgement in words, for the button and for the popup.
 *
 * say(name, values) gives a text of _locales (i18n.getMessage). What comes
 * from a stamp is shown from one that verified only, and is ASCII by its
 * grammar but for the name in a certificate, which is escaped here; the pages
 * write all of it as text, never as markup.
 */

/* Printable ASCII as it is, any other octet as \xHH. */
function escaped(text) {
	return text.replace(/[^ -[\]-~]/g, (c) => "\\x" +
	    c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"));
}

function timeOf(seconds, language, timeZone) {
	return new Intl.DateTimeFormat(language, {
		dateStyle: "long", timeStyle: "long", timeZone,
	}).format(new Date(seconds * 1000));
}

/* Where it came from: the domain of the envelope sender, else an address. */
function origin(stamp, say) {
	if (stamp.sender !== "-")
		return say("fromDomain", [stamp.sender]);
	return stamp.ip === undefined ? say("fromUnknown")
	    : say("fromAddress", [stamp.ip]);
}

function certificate(stamp, say) {
	if (stamp.cert === "trusted" && stamp.cn !== undefined)
		return say("certNamed", [escaped(stamp.cn)]);
	return say(`cert_${stamp.cert}`);
}

function rowsOf(stamp, say) {
	const rows = [
		["rowSigner", stamp.d],
		["rowEncryption", say("encryption", [stamp.tls, stamp.cipher,
		    String(stamp.bits)])],
		["rowClient", stamp.ip],
		["rowCertificate", certificate(stamp, say)],
		["rowSender", stamp.sender === "-" ? say("nullSender")
		    : say("claimed", [stamp.sender])],
		["rowPolicy", say(`mode_${stamp.mode.replace("-", "_")}`)],
		["rowNext", stamp.next && say("nextRequire")],
		["rowQueueId", stamp.id],
	];

	return rows.filter(([, value]) => value !== undefined)
	    .map(([label, value]) => ({ label: say(label), value }));
}

/* Why it is not green; "" when it is. */
function whyNot(judgement, say) {
	switch (judgement.state) {
	case "below":
		return say("whyBelow", [judgement.unmet.map((name) =>
		    say(`unmet_${name}`)).join(", ")]);
	case "bad":
		return say(`reason_${judgement.reason.replace(" ", "_")}`);
	case "verified":
		return "";
	default:
		return say(`why_${judgement.state}`);
	}
}

function notesOf(judgement, say) {
	const { stamp, uncovered } = judgement;

	if (stamp === undefined)
		return [];
	return [
		uncovered.length > 0 &&
		    say("noteUncovered", [uncovered.join(", ")]),
		say("noteNotAsserted"),
	].filter(Boolean);
}

/* {state, title, sentence, why, rows, notes}: text only. */
export function inWords(judgement, say, language, timeZone) {
	const { state, stamp } = judgement;

	return {
		state,
		title: say(`title_${state}`),
		sentence: stamp === undefined ? "" : say("received",
		    [stamp.by, timeOf(stamp.t, language, timeZone),
			origin(stamp, say)]),
		why: whyNot(judgement, say),
		rows: stamp === undefined ? [] : rowsOf(stamp, say),
		notes: notesOf(judgement, say),
	};
}
