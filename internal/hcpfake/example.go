package hcpfake

import (
	_ "embed"
	"strings"
	"time"
)

//go:embed example.json
var exampleJSON string

// Example returns an organization, read from example.json, with the registries of
// two projects. The first has three buckets:
//
//   - hardened-ubuntu-16-04, with the channels production-stable (v7, active),
//     staging (v6, scheduled to be revoked a week after now) and
//     release-candidate (unassigned);
//   - web-server, built from it, whose channel production-stable points to v3,
//     which inherited the revocation of hardened-ubuntu-16-04 v5, although v4 is
//     good;
//   - hardened-ubuntu-18-04.
//
// The second has the bucket web, with v1 in its channel production-stable.
func Example(now time.Time) Seed {
	seed, err := ReadSeed(strings.NewReader(exampleJSON), now)
	if err != nil {
		panic(err) // The file is embedded, and tested.
	}
	return seed
}
