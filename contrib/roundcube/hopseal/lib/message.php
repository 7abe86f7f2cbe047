<?php
/*
 * message: header fields and body of a stored message, and their relaxed
 * canonicalization, as milter/stamp has it. Source: RFC 5322, 2.1 and 2.2;
 * RFC 6376, 3.4.2 and 3.4.4.
 */
namespace Hopseal;

final class Message
{
	const FIELDS_MAX = 16384, HEADER_MAX = 4194304;

	/* Each [name in lower case, value]. */
	public array $fields = [];
	public string $body = '';
	/*
	 * There is a bare CR or a NUL in the header: where we see one field, a
	 * mail client may see another one that nobody signed.
	 */
	public bool $hidden = false;

	/* null: too large, or too many fields. */
	public static function read(string $text): ?Message
	{
		$message = new Message();
		$at = self::separator($text);

		while ($at < strlen($text) &&
		    !self::is_empty_line($text, $at)) {
			$end = self::end_of_field($text, $at);
			$field = substr($text, $at, $end - $at);
			if (!$message->add_field($field))
				break;
			if (count($message->fields) > self::FIELDS_MAX ||
			    $end > self::HEADER_MAX)
				return null;
			$at = $end;
		}
		if (self::is_empty_line($text, $at))
			$at = self::end_of_line($text, $at);
		$message->body = substr($text, $at);
		return $message;
	}

	private static function end_of_line(string $text, int $at): int
	{
		$end = $at < strlen($text) ? strpos($text, "\n", $at) : false;

		return $end === false ? strlen($text) : $end + 1;
	}

	private static function is_empty_line(string $text, int $at): bool
	{
		$end = self::end_of_line($text, $at);

		return in_array(substr($text, $at, min($end - $at, 3)),
		    ['', "\n", "\r\n", "\r"], true);
	}

	private static function end_of_field(string $text, int $at): int
	{
		$end = self::end_of_line($text, $at);

		while ($end < strlen($text) &&
		    ($text[$end] === ' ' || $text[$end] === "\t"))
			$end = self::end_of_line($text, $end);
		return $end;
	}

	/* Is there a NUL, or a CR that ends no line? */
	private static function hides_text(string $text): bool
	{
		return preg_match('/\0|\r(?!\n)/', $text) !== 0;
	}

	/*
	 * The line of mbox that begins a message; 0 when there is none. One in
	 * which a mail client may see fields is none.
	 */
	private static function separator(string $text): int
	{
		$end = self::end_of_line($text, 0);

		return strlen($text) > 5 &&
		    preg_match('/^From (?![ \t]*:)/', $text) &&
		    !self::hides_text(substr($text, 0, $end)) ? $end : 0;
	}

	/* field = 1*ftext *WSP ":" value; ftext = %d33-57 / %d59-126 */
	private function add_field(string $text): bool
	{
		if (preg_match('/^([!-9;-~]+)[ \t\r]*:/', $text, $found) !== 1)
			return false;
		$value = substr($text, strlen($found[0]));
		$value = preg_replace('/\n\z/', '', $value);
		$value = preg_replace('/\r\z/', '', $value);
		$this->fields[] = [lower($found[1]), $value];
		if (self::hides_text($text))
			$this->hidden = true;
		return true;
	}

	public static function canonical_field(string $name,
	    string $value): string
	{
		$value = preg_replace('/\r?\n/', '', $value);

		return "$name:" .
		    trim(preg_replace('/[ \t]+/', ' ', $value), ' ');
	}

	/* A bare LF ends a line, too; a bare CR is text. null: PCRE gave up. */
	public function canonical_body(): ?string
	{
		$text = str_replace("\r\n", "\n", $this->body);
		$text = preg_replace('/[ \t]+/', ' ', $text);
		if ($text === null)
			return null;
		$text = rtrim(str_replace(" \n", "\n", $text), " \n");

		return $text === '' ? ''
		    : str_replace("\n", "\r\n", $text) . "\r\n";
	}

	/* How many fields there are of that name. */
	public function count(string $name): int
	{
		return count(array_keys(array_column($this->fields, 0), $name,
		    true));
	}
}
