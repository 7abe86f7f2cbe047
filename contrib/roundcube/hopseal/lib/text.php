<?php
/*
 * text: what the readers of fields, tags and keys share.
 *
 * Strings are octets here. A pattern ends in \z, since $ would let a line end
 * pass.
 */
namespace Hopseal;

/* Without leading and trailing SP, HTAB, CR, LF. */
function trimmed(string $text): string
{
	return trim($text, " \t\r\n");
}

/* ASCII only, whatever the locale. */
function lower(string $text): string
{
	return strtr($text, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
	    'abcdefghijklmnopqrstuvwxyz');
}

/* Octets of base64 (RFC 4648, 4), strictly, with blanks anywhere; or null. */
function from_base64(string $text): ?string
{
	$bare = str_replace([' ', "\t", "\r", "\n"], '', $text);
	$octets = base64_decode($bare, true);

	return $octets !== false && base64_encode($octets) === $bare
	    ? $octets : null;
}

/* A domain name, or a selector. */
function is_name(string $text): bool
{
	$label = '[A-Za-z0-9_-]{1,63}';

	return strlen($text) <= 253 &&
	    preg_match("/^$label(\\.$label)*\\z/", $text) === 1;
}

/* A name in lower case without final dots; null when it is none. */
function to_name(string $text): ?string
{
	$name = rtrim(lower($text), '.');

	return is_name($name) ? $name : null;
}

/* A tag list of RFC 6376, 3.2: name => [value, start, length], or null. */
function read_tags(string $text): ?array
{
	$tags = [];
	$at = 0;

	if (preg_match('/\r(?!\n)|\n(?![ \t]|\z)/', $text) !== 0)
		return null;
	do {
		$end = strpos($text, ';', $at);
		$end = $end === false ? strlen($text) : $end;
		$spec = substr($text, $at, $end - $at);
		$equals = strpos($spec, '=');
		if ($equals === false)
			return null;
		$name = trimmed(substr($spec, 0, $equals));
		$value = trimmed(substr($spec, $equals + 1));
		if (preg_match('/^[A-Za-z][A-Za-z0-9_]*\z/', $name) !== 1 ||
		    preg_match('/^[ \t\r\n!-~]*\z/', $value) !== 1 ||
		    isset($tags[$name]) || count($tags) === 64)
			return null;
		$tags[$name] = [$value, $at + $equals + 1,
		    strlen($spec) - $equals - 1];
		$at = $end + 1;
	} while (trimmed(substr($text, $at)) !== '');
	return $tags;
}
