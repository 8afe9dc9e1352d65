package hcpfake_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/go-openapi/runtime"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// Bodies of requests that write, without the prefix of their names.
type (
	createBucket  = models.HashicorpCloudPacker20230101CreateBucketBody
	updateBucket  = models.HashicorpCloudPacker20230101UpdateBucketBody
	createVersion = models.HashicorpCloudPacker20230101CreateVersionBody
	updateVersion = models.HashicorpCloudPacker20230101UpdateVersionBody
	createBuild   = models.HashicorpCloudPacker20230101CreateBuildBody
	updateBuild   = models.HashicorpCloudPacker20230101UpdateBuildBody
	createChannel = models.HashicorpCloudPacker20230101CreateChannelBody
	updateChannel = models.HashicorpCloudPacker20230101UpdateChannelBody
	assignChannel = models.HashicorpCloudPacker20230101AssignChannelVersionBody
	uploadSBOM    = models.HashicorpCloudPacker20230101UploadSbomBody
	artifact      = models.HashicorpCloudPacker20230101ArtifactCreateBody
)

const (
	buildUnset     = models.HashicorpCloudPacker20230101BuildStatusBUILDUNSET
	buildRunning   = models.HashicorpCloudPacker20230101BuildStatusBUILDRUNNING
	buildDone      = models.HashicorpCloudPacker20230101BuildStatusBUILDDONE
	buildFailed    = models.HashicorpCloudPacker20230101BuildStatusBUILDFAILED
	buildCancelled = models.HashicorpCloudPacker20230101BuildStatusBUILDCANCELLED
)

// to is what a request refers to. Its fields are named like those of the SDK's
// parameters, and zero ones are left out.
type to struct {
	LocationOrganizationID, LocationProjectID               string
	BucketName, ChannelName, Fingerprint, BuildID, SbomName string
	Type, VersionFingerprint                                *string
	RollbackChannels                                        *bool
	Body                                                    any
}

// send calls one of the methods of the SDK's Packer service.
func send[P, R any](target to, params *P, method func(*P, runtime.ClientAuthInfoWriter, ...packer_service.ClientOption) (R, error)) (R, error) {
	if target.LocationOrganizationID == "" {
		target.LocationOrganizationID, target.LocationProjectID = orgID, projectID
	}
	from, into := reflect.ValueOf(target), reflect.ValueOf(params).Elem()
	for i := range from.NumField() {
		field := into.FieldByName(from.Type().Field(i).Name)
		if value := from.Field(i); !value.IsZero() {
			if value.Kind() == reflect.Interface {
				value = value.Elem()
			}
			field.Set(value)
		}
	}
	return method(params, nil)
}

// must returns the result of a request that must succeed.
func must[R any](result R, err error) func(*testing.T) R {
	return func(t *testing.T) R {
		t.Helper()
		check(t, err)
		return result
	}
}

// succeeds is like must, for requests whose result does not matter.
func succeeds[R any](_ R, err error) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		check(t, err)
	}
}

// wantError checks an error that the SDK returned, of whatever operation.
func wantError(t *testing.T, err error, status int, code int32, message string) {
	t.Helper()
	if err == nil {
		t.Errorf("the request succeeded, want %d with code %d", status, code)
		return
	}
	payload, ok := reflect.TypeAssert[*cloud.GoogleRPCStatus](reflect.ValueOf(err).Elem().FieldByName("Payload"))
	coded, hasCode := err.(interface{ Code() int })
	if !ok || !hasCode || coded.Code() != status || payload.Code != code || payload.Message != message {
		t.Errorf("got %v, want %d with code %d: %s", err, status, code, message)
	}
}

// at sets the project that a request refers to, if it is not the fake's first.
func (c sdkClients) at(target to) to {
	target.LocationOrganizationID, target.LocationProjectID = c.organizationID, c.projectID
	return target
}

func (c sdkClients) createBucket(body *createBucket) (*packer_service.PackerServiceCreateBucketOK, error) {
	return send(c.at(to{Body: body}), packer_service.NewPackerServiceCreateBucketParams(), c.packer.PackerServiceCreateBucket)
}

func (c sdkClients) bucket(name string) (*packer_service.PackerServiceGetBucketOK, error) {
	return send(c.at(to{BucketName: name}), packer_service.NewPackerServiceGetBucketParams(), c.packer.PackerServiceGetBucket)
}

func (c sdkClients) createVersion(bucket, fingerprint string) (*packer_service.PackerServiceCreateVersionOK, error) {
	return send(c.at(to{BucketName: bucket, Body: &createVersion{
		Fingerprint: fingerprint, TemplateType: models.HashicorpCloudPacker20230101TemplateTypeHCL2.Pointer(),
	}}), packer_service.NewPackerServiceCreateVersionParams(), c.packer.PackerServiceCreateVersion)
}

func (c sdkClients) version(bucket, fingerprint string) (*packer_service.PackerServiceGetVersionOK, error) {
	return send(c.at(to{BucketName: bucket, Fingerprint: fingerprint}), packer_service.NewPackerServiceGetVersionParams(), c.packer.PackerServiceGetVersion)
}

func (c sdkClients) updateVersion(bucket, fingerprint string, body *updateVersion) (*packer_service.PackerServiceUpdateVersionOK, error) {
	return send(c.at(to{BucketName: bucket, Fingerprint: fingerprint, Body: body}), packer_service.NewPackerServiceUpdateVersionParams(), c.packer.PackerServiceUpdateVersion)
}

func (c sdkClients) createBuild(bucket, fingerprint string, body *createBuild) (*packer_service.PackerServiceCreateBuildOK, error) {
	return send(c.at(to{BucketName: bucket, Fingerprint: fingerprint, Body: body}), packer_service.NewPackerServiceCreateBuildParams(), c.packer.PackerServiceCreateBuild)
}

func (c sdkClients) updateBuild(bucket, fingerprint, id string, body *updateBuild) (*packer_service.PackerServiceUpdateBuildOK, error) {
	return send(c.at(to{BucketName: bucket, Fingerprint: fingerprint, BuildID: id, Body: body}), packer_service.NewPackerServiceUpdateBuildParams(), c.packer.PackerServiceUpdateBuild)
}

func (c sdkClients) createChannel(bucket string, body *createChannel) (*packer_service.PackerServiceCreateChannelOK, error) {
	return send(c.at(to{BucketName: bucket, Body: body}), packer_service.NewPackerServiceCreateChannelParams(), c.packer.PackerServiceCreateChannel)
}

func (c sdkClients) updateChannel(bucket, name string, body *updateChannel) (*packer_service.PackerServiceUpdateChannelOK, error) {
	return send(c.at(to{BucketName: bucket, ChannelName: name, Body: body}), packer_service.NewPackerServiceUpdateChannelParams(), c.packer.PackerServiceUpdateChannel)
}

// assign assigns a channel as Packer does.
func (c sdkClients) assign(bucket, name, fingerprint string) (*packer_service.PackerServiceUpdateChannelOK, error) {
	return c.updateChannel(bucket, name, &updateChannel{UpdateMask: "versionFingerprint", VersionFingerprint: fingerprint})
}

// publish creates a version with one build, which is done, and the bucket if there
// is none. The build's parent, if any, is the version that the channel of the parent
// bucket is assigned to.
func (c sdkClients) publish(t *testing.T, bucket, fingerprint string, parent ...string) *hcpfake.Version {
	t.Helper()
	if _, err := c.bucket(bucket); err != nil {
		succeeds(c.createBucket(&createBucket{Name: bucket}))(t)
	}
	succeeds(c.createVersion(bucket, fingerprint))(t)
	build := must(c.createBuild(bucket, fingerprint, &createBuild{ComponentType: "file.base", Status: buildUnset.Pointer()}))(t).Payload.Build
	done := &updateBuild{
		Status: buildDone.Pointer(), Platform: "packer.file", Artifacts: []*artifact{{ExternalIdentifier: fingerprint + ".img", Region: "out"}},
	}
	if len(parent) == 2 {
		ch := must(c.channel(parent[0], parent[1]))(t).Payload.Channel
		done.ParentVersionID, done.ParentChannelID = ch.Version.ID, ch.ID
	}
	succeeds(c.updateBuild(bucket, fingerprint, build.ID, &updateBuild{Status: buildRunning.Pointer()}))(t)
	succeeds(c.updateBuild(bucket, fingerprint, build.ID, done))(t)
	return must(c.version(bucket, fingerprint))(t).Payload.Version
}

// assigned returns the name of the version that a channel is assigned to, or "".
func (c sdkClients) assigned(t *testing.T, bucket, channel string) string {
	t.Helper()
	if v := must(c.channel(bucket, channel))(t).Payload.Channel.Version; v != nil {
		return v.Name
	}
	return ""
}

// ticking is a clock that advances by a second whenever it is read, so that no two
// changes happen at the same time.
func ticking() hcpfake.Option {
	now := make(chan time.Time, 1)
	now <- start
	return hcpfake.WithClock(func() time.Time {
		t := <-now
		now <- t.Add(time.Second)
		return t
	})
}
