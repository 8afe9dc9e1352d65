package hcpfake

import (
	"crypto/sha256"
	"strings"
)

// crockford is the Base32 alphabet of ULIDs.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newULID returns a ULID derived only from the given parts, so that it is the same
// on every run. Its timestamp, between 2004 and 2039 because of the "01", is
// meaningless.
func newULID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	id := []byte("01")
	for _, b := range sum[:24] {
		id = append(id, crockford[b%32])
	}
	return string(id)
}
