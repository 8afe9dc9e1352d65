package hcpfake

import (
	_ "embed"
	"strings"
	"time"
)

//go:embed example.json
var exampleJSON string

// Example is a small registry to try things with, read from example.json: the
// bucket hardened-ubuntu-16-04, whose channel production-stable points at the
// active v7, staging at v6, which is to be revoked in a week, and
// release-candidate at nothing; its child web-server, whose production-stable
// points at a version that inherited the revocation of hardened-ubuntu-16-04
// v5; and hardened-ubuntu-18-04.
func Example(now time.Time) Seed {
	seed, err := ReadSeed(strings.NewReader(exampleJSON), now)
	if err != nil {
		panic(err) // The file is part of the program, and tested.
	}
	return seed
}
