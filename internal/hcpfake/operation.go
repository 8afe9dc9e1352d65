package hcpfake

// Operations of HCP's API that the fake implements. They are the values of
// [Request.Operation] and [Fault.Operation].
const (
	// Token is POST /oauth2/token, with which a service principal signs in.
	Token = "Token"
	// ExchangeToken is POST /2019-12-10/{resource name}/exchange-token, with
	// which a workload signs in.
	ExchangeToken = "ExchangeToken"
	// CallerIdentity is GET /iam/2019-12-10/caller-identity.
	CallerIdentity = "CallerIdentity"

	// Resource manager, version 2019-12-10.
	ListOrganizations = "ListOrganizations"
	GetOrganization   = "GetOrganization"
	ListProjects      = "ListProjects"
	GetProject        = "GetProject"

	// Packer service, version 2023-01-01. HCP bills GetChannel per request; all
	// other operations are free.
	GetRegistry  = "GetRegistry"
	GetRunTask   = "GetRunTask"
	ListBuckets  = "ListBuckets"
	GetBucket    = "GetBucket"
	ListChannels = "ListChannels"
	GetChannel   = "GetChannel"
	ListVersions = "ListVersions"
	GetVersion   = "GetVersion"
	ListBuilds   = "ListBuilds"
	GetBuild     = "GetBuild"
	// SearchExternalArtifact is POST /…/_search/external_artifact, which finds
	// the builds that published an image.
	SearchExternalArtifact = "SearchExternalArtifact"

	// Packer service, version 2021-04-30, as far as Packer's deprecated data
	// sources need it.
	LegacyGetChannel   = "LegacyGetChannel"
	LegacyGetIteration = "LegacyGetIteration"
)
