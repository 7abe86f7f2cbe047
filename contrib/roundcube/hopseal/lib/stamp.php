<?php
/*
 * stamp: the value of a Delivered-Securely field, read strictly. Source:
 * hopseal-stamp(7), as milter/stamp/stamp.c reads it.
 */
namespace Hopseal;

final class Stamp
{
	const FIELD = 'delivered-securely';
	const FIELD_MAX = 4096;
	const ALGORITHMS = ['ed25519-sha256' => 'ed25519',
	    'rsa-sha256' => 'rsa'];
	/* What an address of IPv4 begins with, mapped to IPv6. */
	const MAPPED = "\0\0\0\0\0\0\0\0\0\0\xff\xff";

	const REQUIRED = ['v', 'a', 'c', 'd', 's', 't', 'by', 'tls', 'cipher',
	    'bits', 'cert', 'sender', 'mode', 'h', 'bh', 'b'];

	/* Patterns of those tags that one describes. */
	const PATTERNS = [
	    'c' => '/^relaxed\/relaxed\z/',
	    't' => '/^\d{1,12}\z/',
	    'id' => '/^[A-Za-z0-9_.-]{1,64}\z/',
	    'tls' => '/^[A-Za-z0-9_.-]{1,64}\z/',
	    'cipher' => '/^[A-Za-z0-9_-]{1,64}\z/',
	    'bits' => '/^\d{1,5}\z/',
	    'cert' => '/^(unknown|none|failed|trusted)\z/',
	    'mode' => '/^(require|prefer|fallback-allowed)\z/',
	    'requiretls' => '/^y\z/',
	    'next' => '/^require\z/',
	];

	public string $algorithm, $signature, $body_hash;
	/* Names of h= in lower case. */
	public array $covered;

	private function __construct(private array $tags)
	{
	}

	/* The value of a tag; '' when it is not there. */
	public function tag(string $name): string
	{
		return $this->tags[$name][0] ?? '';
	}

	/* The tags of a field's value, or null. */
	public static function tags(string $value): ?array
	{
		$size = strlen(self::FIELD) + 1 + strlen($value) + 2 +
		    preg_match_all('/(?<!\r)\n/', $value) +
		    (preg_match('/^[ \t\r\n]/', $value) ? 0 : 1);

		return $size <= self::FIELD_MAX ? read_tags($value) : null;
	}

	/* What is wrong with it, or ''; then $stamp is set. */
	public static function read(array $tags, ?Stamp &$stamp): string
	{
		$stamp = new Stamp($tags);
		if (array_key_first($tags) !== 'v')
			return 'syntax';
		if ($stamp->tag('v') !== '1')
			return 'version';
		if (!isset($tags['a']))
			return 'syntax';
		if (!isset(self::ALGORITHMS[$stamp->tag('a')]))
			return 'algorithm';
		$stamp->algorithm = self::ALGORITHMS[$stamp->tag('a')];
		return $stamp->has_good_tags() && $stamp->is_whole()
		    ? '' : 'syntax';
	}

	private function has_good_tags(): bool
	{
		foreach (array_keys($this->tags) as $name) {
			$value = $this->tag($name);
			if (isset(self::PATTERNS[$name]) &&
			    preg_match(self::PATTERNS[$name], $value) !== 1)
				return false;
			if (!$this->is_good($name, $value))
				return false;
		}
		return true;
	}

	private function is_good(string $name, string $value): bool
	{
		return match ($name) {
			'd' => to_name($value) !== null,
			's' => is_name($value),
			'by', 'rcpt' => self::is_host($value),
			'sender' => $value === '-' || self::is_host($value),
			'cn' => self::is_common_name($value),
			'ip' => self::is_address($value),
			'rs' => strlen(from_base64($value) ?? '') === 16,
			'rc' => strlen(from_base64($value) ?? '') === 32,
			'h' => $this->read_covered($value),
			'bh' => $this->read_body_hash($value),
			'b' => $this->read_signature($value),
			default => true,
		};
	}

	/* Tags that are wanted, or not allowed, because of others. */
	private function is_whole(): bool
	{
		return !array_diff(self::REQUIRED, array_keys($this->tags)) &&
		    (!isset($this->tags['cn']) ||
			$this->tag('cert') === 'trusted') &&
		    isset($this->tags['rs']) === isset($this->tags['rc']);
	}

	private static function is_host(string $text): bool
	{
		return is_name($text) || (strlen($text) <= 253 &&
		    preg_match('/^\[[A-Za-z0-9.:-]+\]\z/', $text) === 1);
	}

	/* An address in the one form that RFC 5952 gives it. */
	private static function is_address(string $text): bool
	{
		$octets = preg_match('/^[0-9a-f:.]+\z/', $text) === 1
		    ? @inet_pton($text) : false;

		/* A mapped address is one of IPv4 and is written so. */
		return $octets !== false && inet_ntop($octets) === $text &&
		    !str_starts_with($octets, self::MAPPED);
	}

	/* dkim-quoted-printable; its length is that of its octets. */
	private static function is_common_name(string $text): bool
	{
		$hex = '=[0-9A-F]{2}';
		$bare = str_replace([' ', "\t", "\r", "\n"], '', $text);
		$length = strlen($bare) - 2 * substr_count($bare, '=');

		return preg_match('/=[0-9A-F]?[ \t\r\n]/', $text) === 0 &&
		    preg_match("/^($hex|[!-:<>-~])*\\z/", $bare) === 1 &&
		    $length > 0 && $length <= 64;
	}

	/* hdr-name *( [FWS] ":" [FWS] hdr-name ), From among them. */
	private function read_covered(string $value): bool
	{
		$this->covered = array_map(fn ($name) => lower(trimmed($name)),
		    explode(':', $value));
		foreach ($this->covered as $name)
			if (preg_match('/^[!-9<-~]+\z/', $name) !== 1)
				return false;
		return in_array('from', $this->covered, true);
	}

	private function read_body_hash(string $value): bool
	{
		$this->body_hash = from_base64($value) ?? '';
		return strlen($this->body_hash) === 32;
	}

	private function read_signature(string $value): bool
	{
		$this->signature = from_base64($value) ?? '';
		$length = strlen($this->signature);
		return $length > 0 && $length <= 1024;
	}
}
