package hcpfake

import (
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/grpc/codes"
)

// route is one operation of the API.
type route struct {
	op     string
	method string
	// path contains the segments of the path; those in braces are parameters.
	path []string
	// open routes require no bearer token.
	open bool
	// writes is set for routes that change the state.
	writes bool
	handle func(*call) (any, error)
}

const (
	resourceManager = "/resource-manager/2019-12-10"
	operation2020   = "/operation/2020-05-05/organizations/{organization}/projects/{project}/operations/{operation}"
	packer2021      = "/packer/2021-04-30/organizations/{organization}/projects/{project}"
	packer2023      = "/packer/2023-01-01/organizations/{organization}/projects/{project}"
	bucketPath      = packer2023 + "/buckets/{bucket}"
	channelPath     = bucketPath + "/channels/{channel}"
	versionPath     = bucketPath + "/versions/{fingerprint}"
	buildPath       = versionPath + "/builds/{build}"

	// Resource names are parts of paths that begin with iamPrefix.
	iamPrefix     = "/2019-12-10/"
	principalPath = iamPrefix + "iam/project/{project}/service-principal/{principal}"
	workloadPath  = principalPath + "/workload-identity-provider/{provider}/exchange-token"
	policyPath    = iamPrefix + "resource-manager/resources/iam-policy"
)

func routes() []route {
	verb := func(method string, writes bool) func(op, path string, handle func(*call) (any, error)) route {
		return func(op, path string, handle func(*call) (any, error)) route {
			return route{op: op, method: method, path: strings.Split(path, "/"), writes: writes, handle: handle}
		}
	}
	get, search := verb(http.MethodGet, false), verb(http.MethodPost, false)
	post, put := verb(http.MethodPost, true), verb(http.MethodPut, true)
	patch, del := verb(http.MethodPatch, true), verb(http.MethodDelete, true)
	open := func(rt route) route {
		rt.open = true
		return rt
	}
	// Of several routes that match, the first is taken.
	return []route{
		open(search(Token, "/oauth2/token", (*call).token)),
		open(search(Token, "/oauth/token", (*call).token)), // HashiCorp's scripts use this one.
		open(search(ExchangeToken, workloadPath, (*call).exchangeToken)),

		get(CallerIdentity, "/iam/2019-12-10/caller-identity", (*call).callerIdentity),
		get(GetPrincipals, "/iam/2019-12-10/organizations/{organization}/principals", (*call).getPrincipals),
		post(CreateServicePrincipal, iamPrefix+"iam/project/{project}/service-principals", (*call).createServicePrincipal),
		get(GetServicePrincipal, principalPath, (*call).getServicePrincipal),
		del(DeleteServicePrincipal, principalPath, (*call).deleteServicePrincipal),
		get(GetPolicy, policyPath, (*call).getPolicy),
		put(SetPolicy, policyPath, (*call).setPolicy),

		get(ListOrganizations, resourceManager+"/organizations", (*call).listOrganizations),
		get(GetOrganization, resourceManager+"/organizations/{organization}", (*call).getOrganization),
		get(ListProjects, resourceManager+"/projects", (*call).listProjects),
		get(GetProject, resourceManager+"/projects/{project}", (*call).getProject),
		get(GetOperation, operation2020, (*call).getOperation),
		get(WaitOperation, operation2020+"/wait", (*call).getOperation),

		get(GetRegistry, packer2023+"/registry", (*call).getRegistry),
		put(CreateRegistry, packer2023+"/registry", (*call).createRegistry),
		patch(UpdateRegistry, packer2023+"/registry", (*call).updateRegistry),
		del(DeleteRegistry, packer2023+"/registry", (*call).deleteRegistry),
		get(GetRunTaskConfig, packer2023+"/runtasks/config", (*call).getRunTaskConfig),
		patch(UpdateRunTaskConfig, packer2023+"/runtasks/config", (*call).updateRunTaskConfig),
		patch(RegenerateRunTaskKey, packer2023+"/runtasks/hmac", (*call).regenerateRunTaskKey),
		get(GetRunTask, packer2023+"/runtasks/{task}", (*call).getRunTask),

		get(ListBuckets, packer2023+"/buckets", (*call).listBuckets),
		put(CreateBucket, packer2023+"/buckets", (*call).createBucket),
		get(GetBucket, bucketPath, (*call).getBucket),
		patch(UpdateBucket, bucketPath, (*call).updateBucket),
		del(DeleteBucket, bucketPath, (*call).deleteBucket),
		get(ListAncestry, bucketPath+"/ancestry", (*call).listAncestry),
		get(GetEnforcedBlocks, packer2023+"/enforced_blocks/bucket/{bucket}", (*call).getEnforcedBlocks),

		get(ListChannels, bucketPath+"/channels", (*call).listChannels),
		post(CreateChannel, bucketPath+"/channels", (*call).createChannel),
		post(AssignChannel, bucketPath+"/channels/assign", (*call).assignChannel),
		get(GetChannel, channelPath, (*call).getChannel),
		patch(UpdateChannel, channelPath, (*call).updateChannel),
		del(DeleteChannel, channelPath, (*call).deleteChannel),
		get(ListAssignments, channelPath+"/history", (*call).listAssignments),

		get(ListVersions, bucketPath+"/versions", (*call).listVersions),
		post(CreateVersion, bucketPath+"/versions", (*call).createVersion),
		get(GetVersion, versionPath, (*call).getVersion),
		patch(UpdateVersion, versionPath, (*call).updateVersion),
		del(DeleteVersion, versionPath, (*call).deleteVersion),

		get(ListBuilds, versionPath+"/builds", (*call).listBuilds),
		post(CreateBuild, versionPath+"/builds", (*call).createBuild),
		get(GetBuild, buildPath, (*call).getBuild),
		patch(UpdateBuild, buildPath, (*call).updateBuild),
		del(DeleteBuild, buildPath, (*call).deleteBuild),
		search(SearchExternalArtifact, packer2023+"/_search/external_artifact", (*call).searchExternalArtifact),

		get(ListSBOMs, buildPath+"/sboms", (*call).listSBOMs),
		put(UploadSBOM, buildPath+"/sboms", (*call).uploadSBOM),
		get(GetSBOM, buildPath+"/sboms/{sbom}", (*call).getSBOM),
		open(get(DownloadSBOM, "/packer/sboms/{sbom}", (*call).downloadSBOM)),

		get(LegacyGetChannel, packer2021+"/images/{bucket}/channels/{channel}", (*call).legacyGetChannel),
		get(LegacyGetIteration, packer2021+"/images/{bucket}/iteration", (*call).legacyGetIteration),
	}
}

// match returns the route of a request and its path parameters. It splits the
// path before unescaping it, so that names may contain escaped slashes, and does
// not clean it, so that ".." is a name like any other. Only the slashes of resource
// names, which clients escape, count all the same.
func (s *Server) match(r *http.Request) (route, map[string]string) {
	path := r.URL.EscapedPath()
	if strings.HasPrefix(path, iamPrefix) {
		path = strings.NewReplacer("%2F", "/", "%2f", "/").Replace(path)
	}
	segments := strings.Split(path, "/")
	for _, rt := range s.routes {
		if rt.method != r.Method {
			continue
		}
		if params, ok := rt.match(segments); ok {
			return rt, params
		}
	}
	return route{method: r.Method, open: true, handle: (*call).unknownRoute}, nil
}

func (rt route) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(rt.path) {
		return nil, false
	}
	params := make(map[string]string)
	for i, want := range rt.path {
		name, isParam := strings.CutPrefix(want, "{")
		if !isParam {
			if segments[i] != want {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}
		params[strings.TrimSuffix(name, "}")] = value
	}
	return params, true
}

func (c *call) unknownRoute() (any, error) {
	method, path := c.request.Method, c.request.URL.EscapedPath()
	c.server.errorf("hcpfake: unknown route %s %s", method, path)
	return nil, statusErrorf(http.StatusNotImplemented, codes.Unimplemented, "the fake does not implement %s %s", method, path)
}
