package hcpfake_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func (c sdkClients) deleteChannel(bucket, name string) error {
	_, err := send(to{BucketName: bucket, ChannelName: name}, packer_service.NewPackerServiceDeleteChannelParams(), c.packer.PackerServiceDeleteChannel)
	return err
}

func (c sdkClients) copyChannel(source, target string) (*packer_service.PackerServiceAssignChannelVersionOK, error) {
	return send(to{BucketName: "ubuntu", Body: &assignChannel{SourceChannel: source, TargetChannel: target}},
		packer_service.NewPackerServiceAssignChannelVersionParams(), c.packer.PackerServiceAssignChannelVersion)
}

func TestManageChannel(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		_, clients := setup(t, append(opts, ticking())...)
		created := must(clients.createChannel("ubuntu", &createChannel{Name: "canary", Restricted: true}))(t).Payload.Channel
		equal(t, "restricted", created.Restricted, true)
		equal(t, "the author", created.AuthorID, reader)
		if created.Version != nil || created.Managed {
			t.Errorf("got %+v, want it unassigned and not managed", created)
		}

		assigned := must(clients.assign("ubuntu", "canary", "fp-v1"))(t).Payload.Channel
		equal(t, "the version", assigned.Version.Name, "v1")
		equal(t, "restricted, which the mask leaves out", assigned.Restricted, true)
		succeeds(clients.assign("ubuntu", "canary", "fp-v3"))(t)
		open := must(clients.updateChannel("ubuntu", "canary", &updateChannel{UpdateMask: "restricted"}))(t).Payload.Channel
		equal(t, "restricted", open.Restricted, false)
		equal(t, "the version, which the mask leaves out", open.Version.Name, "v3")
		both := must(clients.updateChannel("ubuntu", "canary", &updateChannel{
			UpdateMask: "version_fingerprint, restricted", VersionFingerprint: "fp-v2", Restricted: true,
		}))(t).Payload.Channel
		equal(t, "both", both.Restricted && both.Version.Name == "v2", true)
		if none := must(clients.assign("ubuntu", "canary", ""))(t).Payload.Channel; none.Version != nil {
			t.Errorf("it is assigned to %+v", none.Version)
		}
		succeeds(clients.assign("ubuntu", "canary", "fp-v2"))(t)
		succeeds(clients.assign("ubuntu", "canary", "fp-v2"))(t)
		equal(t, "the history", history(t, clients, "canary"), "v2 by reader, v2 by reader, v3 by reader, v1 by reader")

		copied := must(clients.copyChannel("canary", "production"))(t).Payload
		equal(t, "the copied fingerprint", copied.Fingerprint, "fp-v2")
		equal(t, "the source", copied.SourceChannel.Name, "canary")
		equal(t, "the target", copied.TargetChannel.Version.Name, "v2")
		equal(t, "the version", copied.Version.Name, "v2")

		full := must(clients.createChannel("ubuntu", &createChannel{Name: "full", VersionFingerprint: "fp-v1"}))(t).Payload.Channel
		equal(t, "the version", full.Version.Name, "v1")
		check(t, clients.deleteChannel("ubuntu", "full"))
		wantError(t, clients.deleteChannel("ubuntu", "full"), 404, 5, "Error: The channel with identifier full does not exist.")
	})
}

// The official provider adopts the channel latest to restrict it.
func TestRestrictLatest(t *testing.T) {
	_, clients := setup(t)
	got := must(clients.updateChannel("ubuntu", "latest", &updateChannel{UpdateMask: "restricted"}))(t).Payload.Channel
	equal(t, "restricted", got.Restricted, false)
}

func TestChannelErrors(t *testing.T) {
	fake, clients := setup(t)
	succeeds(clients.createVersion("ubuntu", "incomplete"))(t)
	succeeds(clients.updateVersion("ubuntu", "fp-v1", &updateVersion{RevokeIn: "0s"}))(t)
	create := func(body createChannel) func() error {
		return func() error { _, err := clients.createChannel("ubuntu", &body); return err }
	}
	assign := func(channel, fingerprint string) func() error {
		return func() error { _, err := clients.assign("ubuntu", channel, fingerprint); return err }
	}
	duplicate := func(source, target string) func() error {
		return func() error { _, err := clients.copyChannel(source, target); return err }
	}
	for name, c := range map[string]struct {
		send    func() error
		status  int
		code    int32
		message string
	}{
		"exists":               {create(createChannel{Name: "production"}), 409, 6, "Error: The channel with identifier production already exists."},
		"latest exists":        {create(createChannel{Name: "latest"}), 409, 6, "Error: The channel with identifier latest already exists."},
		"bad name":             {create(createChannel{Name: "a/b"}), 400, 3, `invalid channel name "a/b"`},
		"created with unknown": {create(createChannel{Name: "x", VersionFingerprint: "y"}), 404, 5, "version with fingerprint (fingerprint: y) does not exist"},
		"unknown version":      {assign("staging", "x"), 404, 5, "version with fingerprint (fingerprint: x) does not exist"},
		"a name as version":    {assign("staging", "v1"), 404, 5, "version with fingerprint (fingerprint: v1) does not exist"},
		"incomplete":           {assign("staging", "incomplete"), 400, 9, "The version with fingerprint incomplete is not complete, so no channel can be assigned to it."},
		"revoked":              {assign("staging", "fp-v1"), 400, 9, "The version with fingerprint fp-v1 is revoked, so no channel can be assigned to it."},
		"no channel":           {assign("x", "fp-v2"), 404, 5, "Error: The channel with identifier x does not exist."},
		"assign latest":        {assign("latest", "fp-v2"), 400, 9, `Can't update channel assignment on channel "latest". This channel is managed by HCP Packer`},
		"unassign latest":      {assign("latest", ""), 400, 9, `Can't update channel assignment on channel "latest". This channel is managed by HCP Packer`},
		"copy to latest":       {duplicate("production", "latest"), 400, 9, "Cannot assign to managed channel 'latest'"},
		"copy of nothing":      {duplicate("staging", "production"), 400, 9, "Channel staging is not assigned to a version."},
		"copy from nowhere":    {duplicate("x", "production"), 404, 5, "Error: The channel with identifier x does not exist."},
		"copy to nowhere":      {duplicate("production", "x"), 404, 5, "Error: The channel with identifier x does not exist."},
		"delete latest":        {func() error { return clients.deleteChannel("ubuntu", "latest") }, 400, 3, "Can't delete managed channel latest, it's controlled by HCP Packer"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, c.send(), c.status, c.code, c.message) })
	}
	equal(t, "staging", clients.assigned(t, "ubuntu", "staging"), "")
	equal(t, "latest", clients.assigned(t, "ubuntu", "latest"), "v3")

	w := request(t, fake, "PATCH", "/buckets/ubuntu/channels/staging", `{"version_fingerprint":"fp-v2"}`)
	wantStatus(t, w, 400, 3)
	details := decode[cloud.GoogleRPCStatus](t, w)
	if !strings.HasSuffix(details.Message, "body: (update_mask: field mask: must be set.).") || len(details.Details) != 1 ||
		!strings.Contains(w.Body.String(), `"@type":"type.googleapis.com/google.rpc.BadRequest","field_violations":[{`) {
		t.Errorf("got %s, want the field violation", w.Body)
	}
}

func TestViewer(t *testing.T) {
	fake := newFake(t)
	fake.Update(func(s *hcpfake.Seed) {
		s.Clients = append(s.Clients, hcpfake.Client{ID: "viewer", Secret: secret, Viewer: true})
		s.Project(projectID).Bucket("ubuntu").Channel("staging").Restricted = true
	})
	clients := connect(t, listen(t, fake), "viewer", secret)
	_, err := clients.channel("ubuntu", "staging")
	wantError(t, err, 403, 7, "channel staging is restricted")
	succeeds(clients.channel("ubuntu", "production"))(t)
	list := must(send(to{BucketName: "ubuntu"}, packer_service.NewPackerServiceListChannelsParams(), clients.packer.PackerServiceListChannels))(t)
	equal(t, "the number of channels", len(list.Payload.Channels), 1)
	_, err = clients.createBucket(&createBucket{Name: "new"})
	wantError(t, err, 403, 7, "the service principal may only read")
	_, err = clients.bucket("new")
	wantError(t, err, 404, 5, "Error: The bucket with identifier new does not exist.")
}
