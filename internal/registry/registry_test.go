package registry_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

var now = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// What a location leaves out, and nothing else, comes from the other.
func TestLocationOr(t *testing.T) {
	provider := registry.Location{OrganizationID: "provider's", ProjectID: "provider's"}
	for at, want := range map[registry.Location]registry.Location{
		{}:                      provider,
		{OrganizationID: "own"}: {OrganizationID: "own", ProjectID: "provider's"},
		{ProjectID: "own"}:      {OrganizationID: "provider's", ProjectID: "own"},
		{OrganizationID: "own", ProjectID: "own"}: {OrganizationID: "own", ProjectID: "own"},
	} {
		if got := at.Or(provider); got != want {
			t.Errorf("%+v: got %+v, want %+v", at, got, want)
		}
		if got := at.Or(registry.Location{}); got != at {
			t.Errorf("%+v, without another: got %+v", at, got)
		}
	}
}

func TestIncrementalVersion(t *testing.T) {
	for version, want := range map[string]int64{
		"v7":                   7,
		"v1":                   1,
		"v12345":               12345,
		"v0":                   0, // still incomplete
		"":                     0,
		"v":                    0,
		"7":                    0,
		"V7":                   0,
		"v-7":                  0,
		"v+7":                  0,
		"v7.1":                 0,
		"v 7":                  0,
		"release":              0,
		"v9223372036854775807": 9223372036854775807,
		"v9223372036854775808": 0,
	} {
		t.Run(version, func(t *testing.T) {
			iteration := registry.Iteration{Version: version}
			got, ok := iteration.IncrementalVersion()
			if got != want || ok != (want != 0) {
				t.Errorf("got %d, %t; want %d, %t", got, ok, want, want != 0)
			}
		})
	}
}

func TestRevocation(t *testing.T) {
	past, future := now.Add(-time.Second), now.Add(time.Second)
	ancestor := &registry.Ancestor{Bucket: "base", Version: "v2"}

	for name, tc := range map[string]struct {
		status     string
		revocation registry.Revocation
		revoked    bool
		announced  bool
	}{
		"active":                          {status: "ACTIVE"},
		"no status":                       {},
		"status unknown to this code":     {status: "QUARANTINED"},
		"failed build, like Packer":       {status: "FAILED"},
		"revoked by status":               {status: "REVOKED", revoked: true},
		"revoked by status, date ahead":   {status: "REVOKED", revocation: registry.Revocation{At: future}, revoked: true, announced: true},
		"revoked by date":                 {status: "REVOKED", revocation: registry.Revocation{At: past}, revoked: true, announced: true},
		"revoked by date, stale active":   {status: "ACTIVE", revocation: registry.Revocation{At: past}, revoked: true, announced: true},
		"revoked by date, stale schedule": {status: "REVOCATION_SCHEDULED", revocation: registry.Revocation{At: past}, revoked: true, announced: true},
		"revoked by date, no status":      {revocation: registry.Revocation{At: past}, revoked: true, announced: true},
		"revoked this very moment":        {status: "ACTIVE", revocation: registry.Revocation{At: now}, revoked: true, announced: true},
		"scheduled":                       {status: "REVOCATION_SCHEDULED", revocation: registry.Revocation{At: future}, announced: true},
		"scheduled, status still active":  {status: "ACTIVE", revocation: registry.Revocation{At: future}, announced: true},
		"scheduled without a date":        {status: "REVOCATION_SCHEDULED", announced: true},
		"inherited by status":             {status: "REVOKED", revocation: registry.Revocation{Type: "INHERITED", InheritedFrom: ancestor}, revoked: true},
		"inherited, no date, stale":       {status: "ACTIVE", revocation: registry.Revocation{InheritedFrom: ancestor}, revoked: true},
		"inherited by type only":          {status: "ACTIVE", revocation: registry.Revocation{Type: "INHERITED"}, revoked: true},
		"inherited, past date, stale":     {status: "ACTIVE", revocation: registry.Revocation{At: past, InheritedFrom: ancestor}, revoked: true, announced: true},
		"inherited, still to come":        {status: "REVOCATION_SCHEDULED", revocation: registry.Revocation{At: future, InheritedFrom: ancestor}, announced: true},
		"inherited, to come, no date":     {status: "REVOCATION_SCHEDULED", revocation: registry.Revocation{InheritedFrom: ancestor}, announced: true},
		"other time zone, same moment":    {revocation: registry.Revocation{At: now.In(time.FixedZone("", 7200))}, revoked: true, announced: true},
	} {
		t.Run(name, func(t *testing.T) {
			iteration := registry.Iteration{Status: tc.status, Revocation: tc.revocation}
			if got := iteration.Revoked(now); got != tc.revoked {
				t.Errorf("Revoked() = %t, want %t", got, tc.revoked)
			}
			if got := iteration.RevocationScheduled(); got != tc.announced {
				t.Errorf("RevocationScheduled() = %t, want %t", got, tc.announced)
			}
		})
	}
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"a", "hardened-ubuntu-16-04", "A_b.c-9", "...", ".hidden", "a..b", "-"} {
		if err := registry.CheckName(name); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
	}
	for _, name := range []string{
		"", ".", "..", "a/b", "../a", "a\\b", "%2e%2e", "a%2Fb", "a?b", "a#b", " a", "a b", "a\tb", "a\n",
		"a\x00", "a\x7f", "bücket", "ｂ", "a;b", "a:b", "a@b", "a+b", "a,b", "a=b", "a&b", "\xff",
	} {
		if registry.CheckName(name) == nil {
			t.Errorf("%q passes", name)
		}
	}
}
