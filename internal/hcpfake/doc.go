// Package hcpfake is an HCP Packer registry to test and try against: the part
// of the HashiCorp Cloud Platform that a reader of the registry meets, that is
// its sign-in, its resource manager and its Packer service, held in memory.
//
// A [Server] is one [net/http.Handler]. It answers with the model types of
// hcp-sdk-go, so what it sends is what the SDK's clients are generated for,
// and it serves unit tests, acceptance tests, benchmarks, the demo and the
// stand-alone command internal/cmd/hcpfake alike:
//
//	fake := hcpfake.New(seed, hcpfake.WithErrorf(t.Errorf))
//	endpoint, err := hcpfake.Listen(ctx, fake, 0)
//
// What it starts with is a [Seed]; [Server.Update] changes it while it runs,
// [Server.Revoke] revokes a version as HCP does, [Server.Inject] makes it fail
// and [Server.Requests] tells what it was asked.
//
// It only reads: routes that would write answer 501, as does every other route
// it does not know. Where the wording of an HCP message is no published fact,
// the wording is the fake's own, and clients must not depend on it.
package hcpfake
