// Package hcp reads HCP Packer registries through hcp-sdk-go, and converts what it
// reads to the types of package registry. It knows nothing of Terraform.
//
// A request passes through these stages, each of which is the transport of the one before
// (newRuntime puts them together):
//
//	client.go                calls one of the SDK's generated clients
//	authorize.go             puts an access token on the request (package auth signs in)
//	transport/retry.go       sends it again after transient failures
//	transport/send.go        sends it once, and reads and checks the response
//	transport/connection.go  shares the connection
package hcp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/go-openapi/runtime"
	openapi "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/organization_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/project_service"
	rm "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"
	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
	"github.com/hashicorp/hcp-sdk-go/version"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/auth"
	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Config says where HCP is and how to sign in.
type Config struct {
	Credentials auth.Credentials
	Endpoints   Endpoints

	// SourceChannel names the program to HCP, such as
	// "terraform-provider-packer/1.2.3".
	SourceChannel string
	// UserAgent is sent with every request.
	UserAgent string
	// Observe, if not nil, is called after every attempt at a request, including
	// those to sign in.
	Observe func(context.Context, transport.Attempt)

	baseDelay time.Duration // of retries; 0 for the default
}

// Client reads HCP Packer registries. It implements registry.Source and is safe for
// concurrent use.
type Client struct {
	packer        packer_service.ClientService
	organizations organization_service.ClientService
	projects      project_service.ClientService
}

var _ registry.Source = (*Client)(nil)

// NewClient returns a client, which signs in when it is first used. It makes no
// request. An error names the setting that is invalid.
func NewClient(cfg Config) (*Client, error) {
	endpoints, err := cfg.Endpoints.resolve()
	if err != nil {
		return nil, err
	}
	sdk := newRuntime(cfg, endpoints)
	return &Client{
		packer:        packer_service.New(sdk, strfmt.Default),
		organizations: organization_service.New(sdk, strfmt.Default),
		projects:      project_service.New(sdk, strfmt.Default),
	}, nil
}

// newRuntime returns the runtime through which the SDK's generated clients send requests. The
// SDK's own httpclient hides which token it sends, so that a rejected token could
// not be distinguished from one that another request has obtained meanwhile.
func newRuntime(cfg Config, endpoints endpoints) *openapi.Runtime {
	settings := transport.Config{
		UserAgent: cfg.UserAgent,
		Observe:   cfg.Observe,
		Redactor:  &transport.Redactor{},
		BaseDelay: cfg.baseDelay,
	}
	api := transport.NewShared(endpoints.api, endpoints.apiTLS)
	tokens := auth.NewTokens(cfg.Credentials, auth.Config{
		AuthURL:       endpoints.authURL,
		APIURL:        endpoints.api.String(),
		Geography:     endpoints.geography,
		LoginClientID: endpoints.loginClientID,
		Auth:          transport.NewBase(endpoints.authTLS),
		API:           api,
		Transport:     settings,
	})
	apiSettings := settings
	apiSettings.RejectSecrets = true
	sdk := openapi.NewWithClient(endpoints.api.Host, "", []string{endpoints.api.Scheme}, &http.Client{Transport: &authorizer{
		next:          transport.New(api, apiSettings),
		tokens:        tokens,
		api:           api,
		sourceChannel: fmt.Sprintf("%s hcp-go-sdk/%s", cfg.SourceChannel, version.Version),
	}})
	sdk.Debug = false // or else it dumps bodies to stderr when DEBUG is set
	sdk.Consumers[runtime.JSONMime] = runtime.ConsumerFunc(decodeResponse)
	return sdk
}

// emptyDate matches a date that is an empty string, which strfmt decodes to
// 1970-01-01, a valid date of a revocation. Members whose names end like those of
// dates are not affected: null and "" are the same to every other type here.
var emptyDate = regexp.MustCompile(`at"\s*:\s*""`)

// decodeResponse decodes a response of the HCP API.
func decodeResponse(r io.Reader, target any) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return json.Unmarshal(emptyDate.ReplaceAll(body, []byte(`at":null`)), target)
}

// Iteration implements registry.Source.
func (c *Client) Iteration(ctx context.Context, ref registry.Reference) (*registry.Iteration, error) {
	if ref.Fingerprint != "" {
		return c.version(ctx, ref)
	}
	return c.channel(ctx, ref)
}

// channel reads the iteration of a channel, with the only request that HCP bills.
func (c *Client) channel(ctx context.Context, ref registry.Reference) (*registry.Iteration, error) {
	params := packer_service.NewPackerServiceGetChannelParamsWithContext(ctx).
		WithLocationOrganizationID(ref.OrganizationID).
		WithLocationProjectID(ref.ProjectID).
		WithBucketName(ref.Bucket).
		WithChannelName(ref.Channel)
	resp, err := c.packer.PackerServiceGetChannel(params, nil)
	if err != nil {
		return nil, transport.Cause(err)
	}
	return channelIteration(ref, resp.Payload.Channel)
}

// version reads the iteration with a fingerprint. If the bucket exists but has no such
// iteration, HCP responds with a conflict (Packer relies on that to create it).
func (c *Client) version(ctx context.Context, ref registry.Reference) (*registry.Iteration, error) {
	params := packer_service.NewPackerServiceGetVersionParamsWithContext(ctx).
		WithLocationOrganizationID(ref.OrganizationID).
		WithLocationProjectID(ref.ProjectID).
		WithBucketName(ref.Bucket).
		WithFingerprint(ref.Fingerprint)
	resp, err := c.packer.PackerServiceGetVersion(params, nil)
	if err = transport.Cause(err); registry.IsKind(err, registry.Conflict) {
		return nil, &registry.FingerprintNotFoundError{}
	}
	if err != nil {
		return nil, err
	}
	return versionIteration(ref, resp.Payload.Version)
}

// Publications implements registry.Source. The request is sent again after transient
// failures although it is a POST, because it changes nothing.
func (c *Client) Publications(ctx context.Context, ref registry.ImageReference) ([]registry.Publication, error) {
	params := packer_service.NewPackerServiceSearchExternalArtifactParamsWithContext(ctx).
		WithLocationOrganizationID(ref.OrganizationID).
		WithLocationProjectID(ref.ProjectID).
		WithBody(&models.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody{
			ExternalIdentifier: ref.ImageID,
			Platform:           ref.CloudProvider,
			Region:             ref.Region,
		})
	var results []*models.HashicorpCloudPacker20230101ExternalArtifact
	err := eachPage(func(token *string) (*cloud.HashicorpCloudCommonPaginationResponse, error) {
		resp, err := c.packer.PackerServiceSearchExternalArtifact(params.WithPaginationNextPageToken(token), nil)
		if err != nil {
			return nil, err
		}
		results = append(results, resp.Payload.Artifacts...)
		return resp.Payload.Pagination, nil
	})
	if err != nil {
		return nil, transport.Cause(err)
	}
	return publicationsOf(ref, results)
}

// Registry implements registry.Source.
func (c *Client) Registry(ctx context.Context, at registry.Location) (registry.Activation, error) {
	params := packer_service.NewPackerServiceGetRegistryParamsWithContext(ctx).
		WithLocationOrganizationID(at.OrganizationID).
		WithLocationProjectID(at.ProjectID)
	resp, err := c.packer.PackerServiceGetRegistry(params, nil)
	if err != nil {
		return registry.Activation{}, transport.Cause(err)
	}
	return activationOf(resp.Payload.Registry)
}

// Buckets implements registry.Source.
func (c *Client) Buckets(ctx context.Context, at registry.Location) ([]string, error) {
	params := packer_service.NewPackerServiceListBucketsParamsWithContext(ctx).
		WithLocationOrganizationID(at.OrganizationID).
		WithLocationProjectID(at.ProjectID)
	var names []string
	err := eachPage(func(token *string) (*cloud.HashicorpCloudCommonPaginationResponse, error) {
		resp, err := c.packer.PackerServiceListBuckets(params.WithPaginationNextPageToken(token), nil)
		if err != nil {
			return nil, err
		}
		for _, bucket := range resp.Payload.Buckets {
			if bucket != nil {
				names = append(names, bucket.Name)
			}
		}
		return resp.Payload.Pagination, nil
	})
	return names, transport.Cause(err)
}

// Channels implements registry.Source.
func (c *Client) Channels(ctx context.Context, at registry.Location, bucket string) ([]string, error) {
	params := packer_service.NewPackerServiceListChannelsParamsWithContext(ctx).
		WithLocationOrganizationID(at.OrganizationID).
		WithLocationProjectID(at.ProjectID).
		WithBucketName(bucket)
	resp, err := c.packer.PackerServiceListChannels(params, nil)
	if err != nil {
		return nil, transport.Cause(err)
	}
	var names []string
	for _, channel := range resp.Payload.Channels {
		if channel != nil {
			names = append(names, channel.Name)
		}
	}
	return names, nil
}

// Organizations implements registry.Source.
func (c *Client) Organizations(ctx context.Context) ([]registry.Organization, error) {
	params := organization_service.NewOrganizationServiceListParamsWithContext(ctx)
	var organizations []registry.Organization
	err := eachPage(func(token *string) (*cloud.HashicorpCloudCommonPaginationResponse, error) {
		resp, err := c.organizations.OrganizationServiceList(params.WithPaginationNextPageToken(token), nil)
		if err != nil {
			return nil, err
		}
		for _, organization := range resp.Payload.Organizations {
			switch {
			case organization == nil:
			case !registry.IsUUID(organization.ID):
				return nil, transport.InvalidResponse("the response has an organization without a valid ID")
			default:
				organizations = append(organizations, registry.Organization{ID: organization.ID, Name: organization.Name})
			}
		}
		return resp.Payload.Pagination, nil
	})
	return organizations, transport.Cause(err)
}

// Projects implements registry.Source.
func (c *Client) Projects(ctx context.Context, organizationID string) ([]registry.Project, error) {
	scope := string(rm.HashicorpCloudResourcemanagerResourceIDResourceTypeORGANIZATION)
	params := project_service.NewProjectServiceListParamsWithContext(ctx).
		WithScopeID(&organizationID).
		WithScopeType(&scope)
	var projects []registry.Project
	err := eachPage(func(token *string) (*cloud.HashicorpCloudCommonPaginationResponse, error) {
		resp, err := c.projects.ProjectServiceList(params.WithPaginationNextPageToken(token), nil)
		if err != nil {
			return nil, err
		}
		for _, project := range resp.Payload.Projects {
			switch {
			case project == nil:
			case !registry.IsUUID(project.ID):
				return nil, transport.InvalidResponse("the response has a project without a valid ID")
			default:
				projects = append(projects, registry.Project{
					ID: project.ID, Name: project.Name, OrganizationID: organizationID, CreatedAt: timeOf(project.CreatedAt),
				})
			}
		}
		return resp.Payload.Pagination, nil
	})
	return projects, transport.Cause(err)
}

// Project implements registry.Source.
func (c *Client) Project(ctx context.Context, id string) (registry.Project, error) {
	resp, err := c.projects.ProjectServiceGet(project_service.NewProjectServiceGetParamsWithContext(ctx).WithID(id), nil)
	if err != nil {
		return registry.Project{}, transport.Cause(err)
	}
	project := resp.Payload.Project
	if project == nil || project.Parent == nil || !registry.IsUUID(project.Parent.ID) {
		return registry.Project{}, transport.InvalidResponse("the response does not name the project's organization")
	}
	return registry.Project{
		ID: id, Name: project.Name, OrganizationID: project.Parent.ID, CreatedAt: timeOf(project.CreatedAt),
	}, nil
}

// maxPages is more pages than any list in HCP has.
const maxPages = 1000

// eachPage calls read for each page of a list with the page's token, which is nil for
// the first. A token that repeats is an error: a faulty response must neither keep
// it going forever nor pass for the whole list. So is a list without an end.
func eachPage(read func(token *string) (*cloud.HashicorpCloudCommonPaginationResponse, error)) error {
	seen := make(map[string]bool)
	var token *string
	for {
		page, err := read(token)
		if err != nil {
			return err
		}
		if page == nil || page.NextPageToken == "" {
			return nil
		}
		switch {
		case seen[page.NextPageToken]:
			return transport.InvalidResponse("the response's pages repeat")
		case len(seen) == maxPages:
			return transport.InvalidResponse("the response has too many pages")
		}
		seen[page.NextPageToken] = true
		token = &page.NextPageToken
	}
}
