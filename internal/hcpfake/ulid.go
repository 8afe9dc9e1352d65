package hcpfake

import (
	"crypto/sha256"
	"strings"
)

// crockford is the base 32 of ULIDs.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newULID is an identifier in the shape of a ULID that the given parts alone
// decide, so that it is the same on every run. The time in it, which the "01"
// leaves between 2004 and 2039, means nothing.
func newULID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	id := []byte("01")
	for _, b := range sum[:24] {
		id = append(id, crockford[b%32])
	}
	return string(id)
}
