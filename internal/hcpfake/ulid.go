package hcpfake

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"
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

// randomULID returns the ULID of something that is created at the given time.
func randomULID(now time.Time) string {
	id := make([]byte, 26)
	_, _ = rand.Read(id) // It never fails.
	for i, b := range id {
		id[i] = crockford[b%32]
	}
	ms := max(now.UnixMilli(), 0)
	for i := 9; i >= 0; i-- {
		id[i] = crockford[ms%32]
		ms /= 32
	}
	return string(id)
}
