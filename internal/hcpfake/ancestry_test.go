package hcpfake_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func TestAncestry(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		fake, clients := setup(t, append(opts, ticking())...)
		family(t, clients)
		relations := func(bucket string, target to, channel ...string) string {
			t.Helper()
			target.BucketName = bucket
			params := packer_service.NewPackerServiceListBucketAncestryParams()
			if len(channel) > 0 {
				params.ChannelName = &channel[0]
			}
			got := must(send(target, params, clients.packer.PackerServiceListBucketAncestry))(t).Payload
			equal(t, "the count", int(got.TotalCount), len(got.Relations))
			text := ""
			for _, r := range got.Relations {
				now := "none"
				if v := r.Parent.ChannelVersion; v != nil {
					now = v.Name
				}
				text += fmt.Sprintf("%s %s by %s at %s -> %s %s: %s\n", r.Parent.BucketName, r.Parent.VersionName, r.Parent.ChannelName, now,
					r.Child.BucketName, r.Child.VersionName, *r.Status)
			}
			return text
		}
		kind := func(kind string) to { return to{Type: &kind} }
		const (
			baseChild       = "base v2 by latest at v2 -> child v2: UP_TO_DATE\n"
			childGrandchild = "child v2 by latest at v2 -> grandchild v1: UP_TO_DATE\n"
		)
		equal(t, "both", relations("child", to{}), baseChild+childGrandchild)
		equal(t, "both, asked for", relations("child", kind("ANCESTRY_TYPE_UNSET")), baseChild+childGrandchild)
		equal(t, "the parents", relations("child", kind("ANCESTRY_TYPE_PARENTS")), baseChild)
		equal(t, "the children", relations("child", kind("ANCESTRY_TYPE_CHILDREN")), childGrandchild)
		first := "child-1"
		equal(t, "the parents of the first", relations("child", to{VersionFingerprint: &first, Type: kind("ANCESTRY_TYPE_PARENTS").Type}),
			"base v1 by latest at v2 -> child v1: OUT_OF_DATE\n")
		equal(t, "the children by another channel", relations("base", to{}, "stable"), "")
		equal(t, "the children by latest", relations("base", to{}, "latest"), baseChild)
		wantStatus(t, get(t, fake, packer2023+"/buckets/base/ancestry?type=x"), 400, 3)
		wantStatus(t, get(t, fake, packer2023+"/buckets/base/ancestry?version_fingerprint=x"), 409, 10)

		statuses := func() string {
			t.Helper()
			base, child := must(clients.bucket("base"))(t).Payload.Bucket, must(clients.bucket("child"))(t).Payload.Bucket
			old, young := must(clients.version("base", "base-1"))(t).Payload.Version, must(clients.version("child", "child-2"))(t).Payload.Version
			return fmt.Sprint(base.Parents == nil, " ", *base.Children.Status, " ", *child.Parents.Status, " ", *young.Parents.Status, " ", old.HasDescendants, " ", old.Parents == nil)
		}
		equal(t, "the statuses", statuses(), "true UP_TO_DATE UP_TO_DATE UP_TO_DATE true true")
		clients.publish(t, "base", "base-3")
		equal(t, "the statuses", statuses(), "true OUT_OF_DATE OUT_OF_DATE OUT_OF_DATE true true")
		equal(t, "the parents", relations("child", kind("ANCESTRY_TYPE_PARENTS")), "base v2 by latest at v3 -> child v2: OUT_OF_DATE\n")

		// Without its channel, nothing tells whether the child is up to date.
		fake.Update(func(s *hcpfake.Seed) {
			for _, p := range s.Project(projectID).Bucket("child").Parents {
				p.ParentChannel = "gone"
			}
		})
		equal(t, "the statuses", statuses(), "true UNDETERMINED UNDETERMINED UNDETERMINED true true")
		// Without its bucket, the child has no parent.
		succeeds(send(to{BucketName: "base"}, packer_service.NewPackerServiceDeleteBucketParams(), clients.packer.PackerServiceDeleteBucket))(t)
		equal(t, "the relations", relations("child", to{}), childGrandchild)
		fake.Update(func(s *hcpfake.Seed) {
			equal(t, "the number of records", len(s.Project(projectID).Bucket("child").Parents), 0)
		})
	})
}

func TestEnforcedBlocks(t *testing.T) {
	fake, clients := setup(t)
	fake.Update(func(s *hcpfake.Seed) {
		s.Project(projectID).Bucket("ubuntu").EnforcedBlocks = []*hcpfake.EnforcedBlock{{
			ID: "id", Name: "scan", Version: &models.HashicorpCloudPacker20230101EnforcedBlockVersion{ID: "v", Version: "1", BlockContent: "provisioner {}"},
		}}
	})
	got := must(send(to{BucketName: "ubuntu"}, packer_service.NewPackerServiceGetEnforcedBlocksByBucketParams(), clients.packer.PackerServiceGetEnforcedBlocksByBucket))(t)
	equal(t, "the content", got.Payload.EnforcedBlockDetail[0].Version.BlockContent, "provisioner {}")
}

// A deleted version leaves its children without a parent, but revoked. They can be
// restored then, and the state can still be recorded.
func TestDeleteParent(t *testing.T) {
	fake, clients := setup(t, ticking())
	family(t, clients)
	succeeds(clients.updateVersion("base", "base-2", &updateVersion{RevokeIn: "0s"}))(t)
	succeeds(send(to{BucketName: "base", Fingerprint: "base-2"}, packer_service.NewPackerServiceDeleteVersionParams(), clients.packer.PackerServiceDeleteVersion))(t)
	fake.Update(func(s *hcpfake.Seed) {
		equal(t, "the number of records", len(s.Project(projectID).Bucket("child").Parents), 1)
	})
	recording, err := json.Marshal(fake.Seed())
	check(t, err)
	_, err = hcpfake.ReadSeed(bytes.NewReader(recording), start)
	check(t, err)
	v := must(clients.version("child", "child-2"))(t).Payload.Version
	equal(t, "the status", *v.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED)
	v = must(clients.updateVersion("child", "child-2", &updateVersion{Restore: true}))(t).Payload.Version
	equal(t, "the status", *v.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)
}

// Builds of one version may have the same parent or different ones, and a deleted
// build has none.
func TestSeveralParents(t *testing.T) {
	_, clients := setup(t, ticking())
	parent, other := clients.publish(t, "base", "base-1"), clients.publish(t, "other", "other-1")
	latest := must(clients.channel("base", "latest"))(t).Payload.Channel.ID
	succeeds(clients.createVersion("ubuntu", "new"))(t)
	create := func(component, version, channel string) string {
		t.Helper()
		return must(clients.createBuild("ubuntu", "new", &createBuild{ComponentType: component, ParentVersionID: version, ParentChannelID: channel}))(t).Payload.Build.ID
	}
	parents := func() string {
		t.Helper()
		fingerprint := "new"
		got := must(send(to{BucketName: "ubuntu", VersionFingerprint: &fingerprint}, packer_service.NewPackerServiceListBucketAncestryParams(), clients.packer.PackerServiceListBucketAncestry))(t).Payload
		text := ""
		for _, r := range got.Relations {
			text += r.Parent.BucketName + " by " + r.Parent.ChannelName + ", "
		}
		if v := must(clients.version("ubuntu", "new"))(t).Payload.Version; v.Parents != nil {
			text += string(*v.Parents.Status)
		}
		return text
	}
	undetermined := create("a", other.ID, "")
	first, second := create("b", parent.ID, latest), create("c", parent.ID, latest)
	// The channel is kept, although the update does not repeat it.
	succeeds(clients.updateBuild("ubuntu", "new", first, &updateBuild{ParentVersionID: parent.ID}))(t)
	equal(t, "the parents", parents(), "other by , base by latest, UNDETERMINED")
	clients.publish(t, "base", "base-2")
	equal(t, "the parents", parents(), "other by , base by latest, OUT_OF_DATE")
	for _, id := range []string{undetermined, first, second} {
		succeeds(send(to{BucketName: "ubuntu", Fingerprint: "new", BuildID: id}, packer_service.NewPackerServiceDeleteBuildParams(), clients.packer.PackerServiceDeleteBuild))(t)
	}
	equal(t, "the parents", parents(), "")
}
