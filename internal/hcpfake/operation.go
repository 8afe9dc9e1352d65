package hcpfake

// The operations that the fake serves, as [Request.Operation],
// [Fault.Operation] and [Server.Count] name them.
const (
	// Token is POST /oauth2/token, the sign-in of a service principal.
	Token = "Token"
	// ExchangeToken is POST /2019-12-10/{resource name}/exchange-token, the
	// sign-in of a workload.
	ExchangeToken = "ExchangeToken"
	// CallerIdentity is GET /iam/2019-12-10/caller-identity.
	CallerIdentity = "CallerIdentity"

	// ListOrganizations and the next three belong to the resource manager,
	// version 2019-12-10.
	ListOrganizations = "ListOrganizations"
	GetOrganization   = "GetOrganization"
	ListProjects      = "ListProjects"
	GetProject        = "GetProject"

	// GetRegistry and those after it belong to the Packer service, version
	// 2023-01-01. GetChannel is the one call that HCP bills.
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

	// LegacyGetRegistry and those after it belong to the Packer service,
	// version 2021-04-30, which older clients use.
	LegacyGetRegistry  = "LegacyGetRegistry"
	LegacyGetRunTask   = "LegacyGetRunTask"
	LegacyListBuckets  = "LegacyListBuckets"
	LegacyGetBucket    = "LegacyGetBucket"
	LegacyListChannels = "LegacyListChannels"
	LegacyGetChannel   = "LegacyGetChannel"
	LegacyGetIteration = "LegacyGetIteration"
)
