package hcpfake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// Older clients of HCP only use revoke_at.
func TestRevokedVersionsHaveRevokeAt(t *testing.T) {
	seed, err := hcpfake.ReadSeed(strings.NewReader(seedOf(`{"name":"b","versions":[
		{"name":"v1","status":"VERSION_REVOKED","created_at":"now-48h","updated_at":"now-24h"},
		{"name":"v2","status":"VERSION_REVOKED","updated_at":"now+1h"},
		{"name":"v3","status":"VERSION_REVOKED"},
		{"name":"v4","status":"VERSION_REVOKED","revoke_at":"now-1h"},
		{"name":"v5","status":"VERSION_ACTIVE"}]}`)), start)
	check(t, err)
	b := seed.Project("p").Bucket("b")
	for name, want := range map[string]time.Time{
		"v1": start.Add(-24 * time.Hour), "v2": start, "v3": start, "v4": start.Add(-time.Hour),
	} {
		equal(t, name+" revoked", b.Version(name).RevokeAt, strfmt.DateTime(want))
	}
	if at := b.Version("v5").RevokeAt; !at.IsZero() {
		t.Errorf("v5 is active and revoked at %s", at)
	}
}
