<?php
/*
 * keys: the pinned keys, lines `NAME RECORD` as hopseal keygen prints them.
 * Each pins the domain of its name; no key is asked of the DNS. Source:
 * hopseal-stamp(7), "DNS RECORD".
 */
namespace Hopseal;

final class Keys
{
	private array $records = [];
	private array $domains = [];

	public function __construct(array $lines)
	{
		foreach ($lines as $line)
			$this->add(trimmed((string)$line));
	}

	/* Of several records of a name a revoked one counts, else the first. */
	private function add(string $line): void
	{
		if (preg_match('/^([^# \t\r\n][^ \t\r\n]*)(.*)\z/s', $line,
		    $found) !== 1)
			return;
		$name = self::without_final_dot($found[1]);
		$parts = explode('._delivered-securely.', $name);
		$domain = count($parts) === 2 ? to_name($parts[1]) : null;
		if ($domain === null || $parts[0] === '')
			return;
		$record = trimmed($found[2]);
		if (!isset($this->records[$name]) ||
		    self::flaw($record, $tags) === 'revoked')
			$this->records[$name] = $record;
		$this->domains[] = $domain;
	}

	private static function without_final_dot(string $name): string
	{
		return preg_replace('/\.\z/', '', lower($name));
	}

	/* Of none is nothing trusted. */
	public function trusts(string $domain): bool
	{
		return in_array($domain, $this->domains, true);
	}

	/* What is wrong with the key of that stamp, or ''; then $key is set. */
	public function find(Stamp $stamp, ?string &$key): string
	{
		$name = self::without_final_dot($stamp->tag('s') .
		    '._delivered-securely.' . to_name($stamp->tag('d')));
		$record = $this->records[$name] ?? null;

		if ($record === null || strlen($name) > 253)
			return 'no key';
		$flaw = self::flaw($record, $tags);
		return $flaw === '' ? self::read($tags, $stamp, $key) : $flaw;
	}

	/* Why it is no record of a key in use, or ''; then $tags is set. */
	private static function flaw(string $record, ?array &$tags): string
	{
		$tags = strlen($record) <= 4096 ? read_tags($record) : null;
		if ($tags === null)
			return 'syntax';
		if (array_key_first($tags) !== 'v' || $tags['v'][0] !== 'DS1')
			return 'version';
		return ($tags['p'][0] ?? null) === '' ? 'revoked' : '';
	}

	private static function read(array $tags, Stamp $stamp,
	    ?string &$key): string
	{
		$k = $tags['k'][0] ?? null;
		$p = $tags['p'][0] ?? null;
		$from = $tags['nb'][0] ?? '0';
		$until = $tags['na'][0] ?? '999999999999';

		if ($k !== null && !in_array($k, ['ed25519', 'rsa'], true))
			return 'algorithm';
		$key = $p === null ? null : from_base64($p);
		if ($k === null || $key === null || strlen($key) > 2048 ||
		    preg_match('/^\d{1,12} \d{1,12}\z/', "$from $until") !== 1)
			return 'syntax';
		if ($k !== $stamp->algorithm)
			return 'algorithm';
		$made = (int)$stamp->tag('t');
		return $made < (int)$from || $made > (int)$until
		    ? 'key window' : '';
	}
}
