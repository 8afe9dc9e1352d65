package hcpfake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func TestChannelDefaults(t *testing.T) {
	seed, err := hcpfake.ReadSeed(strings.NewReader(seedOf(`{"name":"b","created_at":"now-48h",
		"versions":[{"name":"v1","created_at":"now-72h"},{"name":"v2","created_at":"now-24h"}],
		"channels":[
			{"name":"empty"},
			{"name":"old","version":"v1"},
			{"name":"new","version":"v2","created_at":"now-36h"},
			{"name":"seeded","version":"v2","author_id":"someone","updated_at":"now-1h"},
			{"name":"managed","managed":true}]}`)), start)
	check(t, err)
	for name, want := range map[string]struct {
		author     string
		updated    time.Duration // before start
		restricted bool
	}{
		"empty":   {"hcpfake", 48 * time.Hour, false},
		"old":     {"hcpfake", 48 * time.Hour, false},
		"new":     {"hcpfake", 24 * time.Hour, false},
		"seeded":  {"someone", time.Hour, false},
		"managed": {"HCP Packer", 48 * time.Hour, false},
		"latest":  {"HCP Packer", 24 * time.Hour, true},
	} {
		ch := seed.Project("p").Bucket("b").Channel(name)
		equal(t, "the author of "+name, ch.AuthorID, want.author)
		equal(t, name+" updated", ch.UpdatedAt, start.Add(-want.updated))
		equal(t, name+" restricted", ch.Restricted, want.restricted)
	}
}

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
