// Package hcp reads HCP Packer registries through hcp-sdk-go. It translates
// between HCP's words and those of package registry, and knows nothing of
// Terraform.
package hcp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/organization_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/project_service"
	rm "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"
	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
	"github.com/hashicorp/hcp-sdk-go/config"
	"github.com/hashicorp/hcp-sdk-go/httpclient"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Config says how to reach HCP and as whom.
type Config struct {
	Credentials Credentials
	Endpoints   Endpoints

	// SourceChannel names the program to HCP, such as
	// "terraform-provider-packer/1.2.3".
	SourceChannel string
	// UserAgent is sent with every request.
	UserAgent string
	// Observe, if not nil, is told of every attempt at a request, those to
	// sign in included.
	Observe func(context.Context, Attempt)

	firstWait time.Duration // of retries; zero for the usual one
}

// Client reads HCP Packer registries. It implements registry.Source and may be
// used by many goroutines at once.
type Client struct {
	session       *session
	packer        packer_service.ClientService
	organizations organization_service.ClientService
	projects      project_service.ClientService
}

var _ registry.Source = (*Client)(nil)

// NewClient returns a client that signs in when it is first used. It makes no
// request. An error names the setting that is at fault.
func NewClient(cfg Config) (*Client, error) {
	at, err := cfg.Endpoints.resolve()
	if err != nil {
		return nil, err
	}
	session := newSession(cfg, at)
	sdk, err := config.NewHCPConfig(
		// A token source of our own keeps the SDK from writing tokens to disk
		// and from opening a browser.
		config.WithTokenSource(session),
		config.WithoutBrowserLogin(),
		config.WithAuth(at.authURL, at.authTLS),
		config.WithAPI(at.apiAddress, at.apiTLS),
	)
	if err != nil {
		return nil, fmt.Errorf("configuring the HCP client: %w", err)
	}
	runtime, err := httpclient.New(httpclient.Config{HCPConfig: sdk, SourceChannel: cfg.SourceChannel})
	if err != nil {
		return nil, fmt.Errorf("creating the HCP client: %w", err)
	}
	runtime.Debug = false // the SDK would dump bodies to stderr when DEBUG is set
	transport := cfg.transport(newFirstAlone(runtime.Transport), apiRefusal)
	transport.next.secrets = &session.secrets
	runtime.Transport = &signedIn{session: session, next: transport}
	return &Client{
		session:       session,
		packer:        packer_service.New(runtime, strfmt.Default),
		organizations: organization_service.New(runtime, strfmt.Default),
		projects:      project_service.New(runtime, strfmt.Default),
	}, nil
}

// Iteration implements registry.Source with the one request that HCP bills.
func (c *Client) Iteration(ctx context.Context, channel registry.Channel) (*registry.Iteration, error) {
	params := packer_service.NewPackerServiceGetChannelParamsWithContext(ctx).
		WithLocationOrganizationID(channel.OrganizationID).
		WithLocationProjectID(channel.ProjectID).
		WithBucketName(channel.Bucket).
		WithChannelName(channel.Name)
	answer, err := c.packer.PackerServiceGetChannel(params, nil)
	if err != nil {
		return nil, c.failed(err)
	}
	return iterationOf(channel, answer.Payload.Channel)
}

// Registry implements registry.Source.
func (c *Client) Registry(ctx context.Context, at registry.Location) (registry.Activation, error) {
	params := packer_service.NewPackerServiceGetRegistryParamsWithContext(ctx).
		WithLocationOrganizationID(at.OrganizationID).
		WithLocationProjectID(at.ProjectID)
	answer, err := c.packer.PackerServiceGetRegistry(params, nil)
	if err != nil {
		return registry.Activation{}, c.failed(err)
	}
	return stateOf(answer.Payload.Registry)
}

// Buckets implements registry.Source.
func (c *Client) Buckets(ctx context.Context, at registry.Location) ([]string, error) {
	params := packer_service.NewPackerServiceListBucketsParamsWithContext(ctx).
		WithLocationOrganizationID(at.OrganizationID).
		WithLocationProjectID(at.ProjectID)
	var names []string
	err := eachPage(func(token *string) (*cloud.HashicorpCloudCommonPaginationResponse, error) {
		answer, err := c.packer.PackerServiceListBuckets(params.WithPaginationNextPageToken(token), nil)
		if err != nil {
			return nil, err
		}
		for _, bucket := range answer.Payload.Buckets {
			if bucket != nil {
				names = append(names, bucket.Name)
			}
		}
		return answer.Payload.Pagination, nil
	})
	return names, c.failed(err)
}

// Channels implements registry.Source.
func (c *Client) Channels(ctx context.Context, at registry.Location, bucket string) ([]string, error) {
	params := packer_service.NewPackerServiceListChannelsParamsWithContext(ctx).
		WithLocationOrganizationID(at.OrganizationID).
		WithLocationProjectID(at.ProjectID).
		WithBucketName(bucket)
	answer, err := c.packer.PackerServiceListChannels(params, nil)
	if err != nil {
		return nil, c.failed(err)
	}
	var names []string
	for _, channel := range answer.Payload.Channels {
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
		answer, err := c.organizations.OrganizationServiceList(params.WithPaginationNextPageToken(token), nil)
		if err != nil {
			return nil, err
		}
		for _, organization := range answer.Payload.Organizations {
			switch {
			case organization == nil:
			case !registry.IsUUID(organization.ID):
				return nil, unreadable("the answer holds an organization without a valid ID")
			default:
				organizations = append(organizations, registry.Organization{ID: organization.ID, Name: organization.Name})
			}
		}
		return answer.Payload.Pagination, nil
	})
	return organizations, c.failed(err)
}

// Projects implements registry.Source.
func (c *Client) Projects(ctx context.Context, organizationID string) ([]registry.Project, error) {
	scope := string(rm.HashicorpCloudResourcemanagerResourceIDResourceTypeORGANIZATION)
	params := project_service.NewProjectServiceListParamsWithContext(ctx).
		WithScopeID(&organizationID).
		WithScopeType(&scope)
	var projects []registry.Project
	err := eachPage(func(token *string) (*cloud.HashicorpCloudCommonPaginationResponse, error) {
		answer, err := c.projects.ProjectServiceList(params.WithPaginationNextPageToken(token), nil)
		if err != nil {
			return nil, err
		}
		for _, project := range answer.Payload.Projects {
			switch {
			case project == nil:
			case !registry.IsUUID(project.ID):
				return nil, unreadable("the answer holds a project without a valid ID")
			default:
				projects = append(projects, registry.Project{
					ID: project.ID, Name: project.Name, OrganizationID: organizationID, CreatedAt: moment(project.CreatedAt),
				})
			}
		}
		return answer.Payload.Pagination, nil
	})
	return projects, c.failed(err)
}

// Project implements registry.Source.
func (c *Client) Project(ctx context.Context, id string) (registry.Project, error) {
	answer, err := c.projects.ProjectServiceGet(project_service.NewProjectServiceGetParamsWithContext(ctx).WithID(id), nil)
	if err != nil {
		return registry.Project{}, c.failed(err)
	}
	project := answer.Payload.Project
	if project == nil || project.Parent == nil || !registry.IsUUID(project.Parent.ID) {
		return registry.Project{}, unreadable("the answer does not name the project's organization")
	}
	return registry.Project{
		ID: id, Name: project.Name, OrganizationID: project.Parent.ID, CreatedAt: moment(project.CreatedAt),
	}, nil
}

// failed makes an error of the SDK one that registry.Source allows, and strikes
// secrets from it. It is nil if err is.
func (c *Client) failed(err error) error {
	if err == nil {
		return nil
	}
	var (
		failure  *registry.Failure
		signIn   *registry.SignInError
		rejected *registry.TokenRejectedError
	)
	plain := asFailure(err)
	if !errors.As(plain, &failure) {
		return plain
	}
	redacted := *failure // others may share the original
	c.session.secrets.strike(&redacted)
	switch {
	case errors.As(err, &signIn):
		return &registry.SignInError{Credentials: signIn.Credentials, Err: &redacted}
	case errors.As(err, &rejected):
		return &registry.TokenRejectedError{Credentials: rejected.Credentials, Err: &redacted}
	default:
		return &redacted
	}
}

// eachPage calls read with the token of one page after the other, beginning
// with nil. A token that comes again is an error, so that a faulty answer can
// neither keep it going for ever nor pass for the whole list.
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
		if seen[page.NextPageToken] {
			return unreadable("the answer's pages go round in a circle")
		}
		seen[page.NextPageToken] = true
		token = &page.NextPageToken
	}
}
