package hcpfake_test

import (
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func TestRevoke(t *testing.T) {
	for name, c := range map[string]struct {
		order      hcpfake.Revocation
		history    []hcpfake.Assignment
		status     hcpfake.VersionStatus
		production string // the version that the channel is assigned to afterwards
	}{
		"rolls back": {
			order: hcpfake.Revocation{Version: "v2"}, history: []hcpfake.Assignment{{Version: "v3"}, {Version: "v1"}},
			status: models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED, production: "fp-v1",
		},
		"rolls back to none": {
			order:  hcpfake.Revocation{Version: "fp-v2"},
			status: models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED, production: "",
		},
		"keeps channels": {
			order: hcpfake.Revocation{Version: "v2", KeepChannels: true}, history: []hcpfake.Assignment{{Version: "v1"}},
			status: models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED, production: "v2",
		},
		"scheduled": {
			order: hcpfake.Revocation{Version: "v2", At: start.Add(time.Hour)}, history: []hcpfake.Assignment{{Version: "v1"}},
			status: models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED, production: "v2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFake(t)
			fake.Update(func(s *hcpfake.Seed) {
				s.Project(projectID).Bucket("ubuntu").Channel("production").History = c.history
			})
			c.order.ProjectID, c.order.Bucket = projectID, "ubuntu"
			c.order.Author, c.order.Message = "someone", "why"
			check(t, fake.Revoke(c.order))
			fake.Update(func(s *hcpfake.Seed) {
				b := s.Project(projectID).Bucket("ubuntu")
				v := b.Version("v2")
				equal(t, "the status", *v.Status, c.status)
				equal(t, "the type", *v.RevocationType, models.HashicorpCloudPacker20230101RevocationTypeMANUAL)
				equal(t, "the author", v.RevocationAuthor, "someone")
				equal(t, "the message", v.RevocationMessage, "why")
				if v.RevokeAt.IsZero() {
					t.Error("revoke_at is not set")
				}
				equal(t, "the channel", b.Channel("production").Version, c.production)
				equal(t, "latest", b.Channel("latest").Version, "fp-v3")
			})
		})
	}
}

func TestRevokeMovesLatest(t *testing.T) {
	fake := newFake(t)
	for _, c := range [][2]string{{"v3", "fp-v2"}, {"v1", "fp-v2"}, {"v2", ""}} {
		check(t, fake.Revoke(hcpfake.Revocation{ProjectID: projectID, Bucket: "ubuntu", Version: c[0], KeepChannels: true}))
		fake.Update(func(s *hcpfake.Seed) {
			equal(t, "latest without "+c[0], s.Project(projectID).Bucket("ubuntu").Channel("latest").Version, c[1])
		})
	}
}

func TestRevokeUnknownVersion(t *testing.T) {
	fake := newFake(t)
	for _, order := range []hcpfake.Revocation{
		{ProjectID: projectID, Bucket: "ubuntu", Version: "v9"},
		{ProjectID: projectID, Bucket: "ubuntu"},
		{ProjectID: projectID, Bucket: "debian", Version: "v1"},
		{ProjectID: "x", Bucket: "ubuntu", Version: "v1"},
	} {
		if fake.Revoke(order) == nil {
			t.Errorf("%+v was revoked", order)
		}
	}
}
