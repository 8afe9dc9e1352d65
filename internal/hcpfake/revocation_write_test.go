package hcpfake_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// A revocation by the API and one by the method of the server do the same.
func TestRevocation(t *testing.T) {
	type order struct {
		at                            time.Duration
		keepChannels, skipDescendants bool
	}
	for way, revoke := range map[string]func(*hcpfake.Server, sdkClients, order) error{
		"API": func(_ *hcpfake.Server, clients sdkClients, o order) error {
			_, err := clients.updateVersion("base", "base-2", &updateVersion{
				RevokeIn: o.at.String(), RevocationMessage: "why",
				DisableRollbackChannels: o.keepChannels, SkipDescendantsRevocation: o.skipDescendants,
			})
			return err
		},
		"Server": func(fake *hcpfake.Server, _ sdkClients, o order) error {
			return fake.Revoke(hcpfake.Revocation{
				ProjectID: projectID, Bucket: "base", Version: "v2", At: start.Add(o.at), Author: reader, Message: "why",
				KeepChannels: o.keepChannels, SkipDescendants: o.skipDescendants,
			})
		},
	} {
		for name, c := range map[string]struct {
			order order
			// The status of the version and of its two descendants, and the
			// versions that the channels are assigned to.
			statuses, channels string
		}{
			"now": {
				order{},
				"VERSION_REVOKED VERSION_REVOKED VERSION_REVOKED",
				"base/latest=v1 base/stable=v1 child/latest=v1 child/stable=v1 grandchild/latest= grandchild/stable=",
			},
			"keeping channels": {
				order{keepChannels: true},
				"VERSION_REVOKED VERSION_REVOKED VERSION_REVOKED",
				"base/latest=v1 base/stable=v2 child/latest=v1 child/stable=v2 grandchild/latest= grandchild/stable=v1",
			},
			"skipping descendants": {
				order{skipDescendants: true},
				"VERSION_REVOKED VERSION_ACTIVE VERSION_ACTIVE",
				"base/latest=v1 base/stable=v1 child/latest=v2 child/stable=v2 grandchild/latest=v1 grandchild/stable=v1",
			},
			"scheduled": {
				order{at: time.Hour},
				"VERSION_REVOCATION_SCHEDULED VERSION_REVOCATION_SCHEDULED VERSION_REVOCATION_SCHEDULED",
				"base/latest=v2 base/stable=v2 child/latest=v2 child/stable=v2 grandchild/latest=v1 grandchild/stable=v1",
			},
		} {
			t.Run(way+" "+name, func(t *testing.T) {
				fake, clients := setup(t)
				family(t, clients)
				statuses := func() string {
					t.Helper()
					var text string
					for _, v := range [][2]string{{"base", "base-2"}, {"child", "child-2"}, {"grandchild", "grandchild-1"}} {
						text += " " + string(*must(clients.version(v[0], v[1]))(t).Payload.Version.Status)
					}
					return text[1:]
				}
				check(t, revoke(fake, clients, c.order))
				equal(t, "the statuses", statuses(), c.statuses)
				equal(t, "the channels", channels(t, clients), c.channels)

				v := must(clients.version("base", "base-2"))(t).Payload.Version
				equal(t, "the author", v.RevocationAuthor, reader)
				equal(t, "the message", v.RevocationMessage, "why")
				equal(t, "the type", *v.RevocationType, models.HashicorpCloudPacker20230101RevocationTypeMANUAL)
				equal(t, "the time", v.RevokeAt, strfmt.DateTime(start.Add(c.order.at)))
				d := must(clients.version("grandchild", "grandchild-1"))(t).Payload.Version
				if c.order.skipDescendants {
					if d.RevocationType != nil || d.RevocationInheritedFrom != nil || !d.RevokeAt.IsZero() {
						t.Errorf("got %+v, want it not revoked", d)
					}
					return
				}
				equal(t, "the type of the descendant's", *d.RevocationType, models.HashicorpCloudPacker20230101RevocationTypeINHERITED)
				equal(t, "its time", d.RevokeAt, v.RevokeAt)
				equal(t, "its message", d.RevocationMessage, "why")
				equal(t, "its ancestor", *d.RevocationInheritedFrom, hcpfake.RevokedAncestor{
					BucketName: "base", VersionFingerprint: "base-2", VersionID: v.ID, VersionName: "v2",
					Href: packer2023 + "/buckets/base/versions/base-2",
				})
				if c.order.at == 0 {
					return
				}
				// When it falls due, no channel moves.
				fake.Advance(time.Hour - time.Millisecond)
				equal(t, "the statuses before", statuses(), c.statuses)
				fake.Advance(time.Millisecond)
				equal(t, "the statuses then", statuses(), "VERSION_REVOKED VERSION_REVOKED VERSION_REVOKED")
				equal(t, "the channels then", channels(t, clients), c.channels)
			})
		}
	}
}

// family publishes a base image twice, a child of each, and a grandchild of the
// second. The channels stable are assigned to every version when it is there.
func family(t *testing.T, clients sdkClients) {
	t.Helper()
	for _, image := range []struct {
		bucket, fingerprint string
		parent              []string
	}{
		{"base", "base-1", nil},
		{"child", "child-1", []string{"base", "latest"}},
		{"base", "base-2", nil},
		{"child", "child-2", []string{"base", "latest"}},
		{"grandchild", "grandchild-1", []string{"child", "latest"}},
	} {
		clients.publish(t, image.bucket, image.fingerprint, image.parent...)
		_, _ = clients.createChannel(image.bucket, &createChannel{Name: "stable"}) // There may be one.
		succeeds(clients.assign(image.bucket, "stable", image.fingerprint))(t)
	}
}

func channels(t *testing.T, clients sdkClients) string {
	t.Helper()
	var text string
	for _, bucket := range []string{"base", "child", "grandchild"} {
		for _, channel := range []string{"latest", "stable"} {
			text += fmt.Sprintf(" %s/%s=%s", bucket, channel, clients.assigned(t, bucket, channel))
		}
	}
	return text[1:]
}

func TestRestore(t *testing.T) {
	_, clients := setup(t)
	family(t, clients)
	restore := func(bucket, fingerprint string) error {
		_, err := clients.updateVersion(bucket, fingerprint, &updateVersion{Restore: true})
		return err
	}
	// The trailing space is HCP's.
	const valid = "Restoring does not apply. This version is valid and it is not scheduled to be revoked. "
	wantError(t, restore("base", "base-2"), 400, 9, valid)
	succeeds(clients.updateVersion("base", "base-2", &updateVersion{RevokeAt: strfmt.DateTime(start)}))(t)
	wantError(t, restore("child", "child-2"), 400, 9,
		"Directly restoring this version does not apply. The revocation status is inherited from an ancestor version. To restore this version, the revoked ancestor should be restored.")
	_, err := clients.updateVersion("base", "base-2", &updateVersion{RevokeIn: "1h"})
	wantError(t, err, 400, 9, "The version with fingerprint base-2 is revoked. Restore it to update it.")

	check(t, restore("base", "base-2"))
	for _, v := range [][2]string{{"base", "base-2"}, {"child", "child-2"}, {"grandchild", "grandchild-1"}} {
		got := must(clients.version(v[0], v[1]))(t).Payload.Version
		equal(t, "the status of "+v[1], *got.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)
		if !got.RevokeAt.IsZero() || got.RevocationType != nil || got.RevocationMessage != "" || got.RevocationAuthor != "" || got.RevocationInheritedFrom != nil {
			t.Errorf("got %+v, want no revocation", got)
		}
	}
	equal(t, "the channels, of which only latest comes back", channels(t, clients),
		"base/latest=v2 base/stable=v1 child/latest=v2 child/stable=v1 grandchild/latest=v1 grandchild/stable=")
	wantError(t, restore("base", "base-2"), 400, 9, valid)
}

// Descendants follow when a scheduled revocation is postponed.
func TestRevocationPostponed(t *testing.T) {
	_, clients := setup(t)
	family(t, clients)
	for _, in := range []time.Duration{time.Hour, 48 * time.Hour} {
		succeeds(clients.updateVersion("base", "base-2", &updateVersion{RevokeIn: in.String()}))(t)
		for _, v := range [][2]string{{"base", "base-2"}, {"child", "child-2"}, {"grandchild", "grandchild-1"}} {
			got := must(clients.version(v[0], v[1]))(t).Payload.Version
			equal(t, "the revocation of "+v[1], time.Time(got.RevokeAt), start.Add(in))
		}
	}
}

// A descendant of two revoked versions stays revoked until both are restored.
func TestRestoreOneOfTwo(t *testing.T) {
	fake, clients := setup(t)
	family(t, clients)
	fake.Update(func(s *hcpfake.Seed) {
		b := s.Project(projectID).Bucket("child")
		b.Parents = append(b.Parents, &hcpfake.Parent{Version: "child-2", ComponentType: "x", ParentBucket: "ubuntu", ParentVersion: "v1"})
	})
	for _, v := range [][2]string{{"ubuntu", "fp-v1"}, {"base", "base-2"}} {
		succeeds(clients.updateVersion(v[0], v[1], &updateVersion{RevokeIn: "0s"}))(t)
	}
	from := func() string {
		t.Helper()
		if f := must(clients.version("grandchild", "grandchild-1"))(t).Payload.Version.RevocationInheritedFrom; f != nil {
			return f.VersionFingerprint
		}
		return ""
	}
	equal(t, "the ancestor", from(), "fp-v1")
	succeeds(clients.updateVersion("ubuntu", "fp-v1", &updateVersion{Restore: true}))(t)
	equal(t, "the other ancestor", from(), "base-2")
	succeeds(clients.updateVersion("base", "base-2", &updateVersion{Restore: true}))(t)
	equal(t, "the ancestor in the end", from(), "")
}

// A version that descends in two ways is restored too, whatever the order of the buckets.
func TestRestoreByTwoWays(t *testing.T) {
	fake, clients := setup(t)
	clients.publish(t, "app", "app-1")
	clients.publish(t, "base", "base-1")
	clients.publish(t, "web", "web-1", "base", "latest")
	clients.publish(t, "app", "app-2", "web", "latest")
	fake.Update(func(s *hcpfake.Seed) {
		b := s.Project(projectID).Bucket("app")
		b.Parents = append(b.Parents, &hcpfake.Parent{Version: "app-2", ComponentType: "x", ParentBucket: "base", ParentVersion: "v1"})
	})
	succeeds(clients.updateVersion("base", "base-1", &updateVersion{RevokeIn: "0s"}))(t)
	status := func() models.HashicorpCloudPacker20230101VersionStatus {
		return *must(clients.version("app", "app-2"))(t).Payload.Version.Status
	}
	equal(t, "the status", status(), models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED)
	succeeds(clients.updateVersion("base", "base-1", &updateVersion{Restore: true}))(t)
	equal(t, "the status", status(), models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)
}

// A version that is built from a revoked one inherits the revocation when it is
// complete, and latest does not move to it.
func TestChildOfRevoked(t *testing.T) {
	_, clients := setup(t)
	family(t, clients)
	id := must(clients.version("base", "base-2"))(t).Payload.Version.ID
	succeeds(clients.createVersion("child", "child-3"))(t)
	build := must(clients.createBuild("child", "child-3", &createBuild{ComponentType: "x", ParentVersionID: id, Status: buildRunning.Pointer()}))(t).Payload.Build
	succeeds(clients.updateVersion("base", "base-2", &updateVersion{RevokeIn: "0s"}))(t)
	equal(t, "the status", *must(clients.version("child", "child-3"))(t).Payload.Version.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONRUNNING)
	succeeds(clients.updateBuild("child", "child-3", build.ID, &updateBuild{Status: buildDone.Pointer()}))(t)
	v := must(clients.version("child", "child-3"))(t).Payload.Version
	equal(t, "the status", *v.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED)
	equal(t, "the name", v.Name, "v3")
	equal(t, "the ancestor", v.RevocationInheritedFrom.VersionFingerprint, "base-2")
	equal(t, "latest", clients.assigned(t, "child", "latest"), "v1")

	_, err := clients.updateBuild("child", "child-3", build.ID, &updateBuild{})
	wantError(t, err, 400, 9, "The version with fingerprint child-3 is revoked. Restore it to update it.")
}

// An earlier revocation of the descendant's own counts.
func TestOwnRevocation(t *testing.T) {
	_, clients := setup(t)
	family(t, clients)
	succeeds(clients.updateVersion("child", "child-2", &updateVersion{RevokeIn: "1h", RevocationMessage: "own"}))(t)
	revocation := func() string {
		t.Helper()
		v := must(clients.version("child", "child-2"))(t).Payload.Version
		return fmt.Sprint(v.RevocationMessage, " ", time.Time(v.RevokeAt).Sub(start))
	}
	succeeds(clients.updateVersion("base", "base-2", &updateVersion{RevokeIn: "2h", RevocationMessage: "later"}))(t)
	equal(t, "the revocation", revocation(), "own 1h0m0s")
	succeeds(clients.updateVersion("base", "base-2", &updateVersion{RevokeIn: "30m", RevocationMessage: "earlier"}))(t)
	equal(t, "the revocation", revocation(), "earlier 30m0s")
}

func TestRevokeIn(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30d": 720 * time.Hour, "2h45m": 165 * time.Minute, "0s": 0, "1.5d1s": 36*time.Hour + time.Second, "-5m": -5 * time.Minute, "+1h": time.Hour,
	} {
		_, clients := setup(t)
		got := must(clients.updateVersion("ubuntu", "fp-v1", &updateVersion{RevokeIn: text}))(t).Payload
		equal(t, text, time.Time(got.Version.RevokeAt).Sub(start), want)
		if got.Operation == nil {
			t.Error("there is no operation to wait for")
		}
	}
	_, clients := setup(t)
	for text, at := range map[string]time.Time{"1w": {}, "d": {}, "1 h": {}, "5": {}, "1h": start} {
		_, err := clients.updateVersion("ubuntu", "fp-v1", &updateVersion{RevokeIn: text, RevokeAt: strfmt.DateTime(at)})
		wantError(t, err, 400, 3, fmt.Sprintf("revoke_in %q must be a duration such as 30d or 2h45m, without revoke_at", text))
	}
	_, err := clients.updateVersion("ubuntu", "fp-v1", &updateVersion{RevokeIn: "0s", Restore: true})
	wantError(t, err, 400, 3, "a version cannot be revoked and restored at once")
	got := must(clients.updateVersion("ubuntu", "fp-v1", &updateVersion{}))(t).Payload.Version
	equal(t, "the status", *got.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)
}
