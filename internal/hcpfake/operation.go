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

	// IAM, as far as policies of buckets need it.
	GetPrincipals          = "GetPrincipals"
	CreateServicePrincipal = "CreateServicePrincipal"
	GetServicePrincipal    = "GetServicePrincipal"
	DeleteServicePrincipal = "DeleteServicePrincipal"
	GetPolicy              = "GetPolicy"
	SetPolicy              = "SetPolicy"

	// Resource manager, version 2019-12-10, and operations, version 2020-05-05.
	ListOrganizations = "ListOrganizations"
	GetOrganization   = "GetOrganization"
	ListProjects      = "ListProjects"
	GetProject        = "GetProject"
	GetOperation      = "GetOperation"
	WaitOperation     = "WaitOperation"

	// Packer service, version 2023-01-01. HCP bills GetChannel per request; all
	// other operations are free.
	GetRegistry          = "GetRegistry"
	CreateRegistry       = "CreateRegistry"
	UpdateRegistry       = "UpdateRegistry"
	DeleteRegistry       = "DeleteRegistry"
	GetRunTask           = "GetRunTask"
	GetRunTaskConfig     = "GetRunTaskConfig"
	UpdateRunTaskConfig  = "UpdateRunTaskConfig"
	RegenerateRunTaskKey = "RegenerateRunTaskKey"
	ListBuckets          = "ListBuckets"
	CreateBucket         = "CreateBucket"
	GetBucket            = "GetBucket"
	UpdateBucket         = "UpdateBucket"
	DeleteBucket         = "DeleteBucket"
	ListAncestry         = "ListAncestry"
	GetEnforcedBlocks    = "GetEnforcedBlocks"
	ListChannels         = "ListChannels"
	CreateChannel        = "CreateChannel"
	AssignChannel        = "AssignChannel" // copies the assignment of another channel
	GetChannel           = "GetChannel"
	UpdateChannel        = "UpdateChannel"
	DeleteChannel        = "DeleteChannel"
	ListAssignments      = "ListAssignments" // the history of a channel
	ListVersions         = "ListVersions"
	CreateVersion        = "CreateVersion"
	GetVersion           = "GetVersion"
	UpdateVersion        = "UpdateVersion" // revokes or restores
	DeleteVersion        = "DeleteVersion"
	ListBuilds           = "ListBuilds"
	CreateBuild          = "CreateBuild"
	GetBuild             = "GetBuild"
	UpdateBuild          = "UpdateBuild"
	DeleteBuild          = "DeleteBuild"
	ListSBOMs            = "ListSBOMs"
	UploadSBOM           = "UploadSBOM"
	GetSBOM              = "GetSBOM"
	DownloadSBOM         = "DownloadSBOM"
	// SearchExternalArtifact is POST /…/_search/external_artifact, which finds
	// the builds that published an image.
	SearchExternalArtifact = "SearchExternalArtifact"

	// Packer service, version 2021-04-30, as far as Packer's deprecated data
	// sources need it.
	LegacyGetChannel   = "LegacyGetChannel"
	LegacyGetIteration = "LegacyGetIteration"
)
