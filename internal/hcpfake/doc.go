// Package hcpfake provides a fake HCP Packer registry for tests and experiments.
// It serves, from memory, the HashiCorp Cloud Platform APIs that a reader of the
// registry uses: sign-in, the resource manager and the Packer service.
//
// A [Server] is an [net/http.Handler]. Its responses are the model types of
// hcp-sdk-go, encoded as HCP encodes them: unset fields are present, unless
// [WithUnsetOmitted] is given. Unit tests, acceptance tests, benchmarks and the
// command internal/cmd/hcpfake use the same handler:
//
//	fake := hcpfake.New(seed, hcpfake.WithErrorf(t.Errorf))
//	endpoint, err := hcpfake.Listen(ctx, fake, 0)
//
// A [Seed] is the initial state. [Server.Update] changes the state,
// [Server.Revoke] revokes a version as HCP does, [Server.Inject] injects faults,
// and [Server.Requests] returns the requests received so far.
//
// The fake is read-only. Unknown routes, including all that would write, return
// 501. Errors for missing buckets, channels, versions and builds have HCP's
// wording. Other wording is the fake's own, and clients must not depend on it.
package hcpfake
