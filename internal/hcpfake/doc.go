// Package hcpfake provides a fake HCP Packer registry for tests and experiments.
// It serves, from memory, the HashiCorp Cloud Platform APIs that Packer, the
// official provider and readers of the registry use: sign-in, the resource manager,
// operations, the policies of buckets and the Packer service.
//
// A [Server] is an [net/http.Handler]. Its responses are the model types of
// hcp-sdk-go, encoded as HCP encodes them: unset fields are present, unless
// [WithUnsetOmitted] is given. Unit tests, acceptance tests, benchmarks and the
// command internal/cmd/hcpfake use the same handler:
//
//	fake := hcpfake.New(seed, hcpfake.WithErrorf(t.Errorf))
//	endpoint, err := hcpfake.Listen(ctx, fake, 0)
//
// A [Seed] is the initial state. Clients change the state, as in HCP, and so do
// [Server.Update] and [Server.Revoke]; [Server.Seed] returns it, and [Server.Reset]
// goes back to the initial one. [Server.SetTime] and [Server.Advance] set the clock,
// [Server.Inject] injects faults, and [Server.Requests] returns the requests
// received so far.
//
// Where it is known what HCP answers, the fake answers the same. The rest is a
// choice that Packer and the official provider tolerate; the code says so where the
// choice matters. Of the Packer service, the packages and vulnerabilities of SBOMs
// and the management of enforced blocks are missing. Unknown routes return 501.
package hcpfake
