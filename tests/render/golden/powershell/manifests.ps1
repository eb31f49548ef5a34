#Requires -Version 7.2
# Moves node pools of myAKSCluster to Windows2022: wspool becomes wspo22.
# Made by poolshift VERSION from plan-manifests, which was made at 2022-10-15T08:00:00Z; the facts are
# those of 2022-10-15.
#
# WHAT THIS CANNOT DO
#   - nothing is taken back by itself when a step fails.
#     instead: take steps back from the last to the first with -Undo N; what was held (autoscaler,
#     channels) stays held until the restore step has run.
#   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
#     the Kubernetes version, and the images of the templates that change.
#     instead: render a fresh plan when this one is no longer of today (it was made at
#     2022-10-15T08:00:00Z, fingerprint 1b8787d1a1feaea58f3576fee25b1261).
#   - no lease is taken on the cluster and no journal is kept.
#     instead: let nobody else change these pools meanwhile, poolshift apply included.
#   - whether pods with hard rules about other pods (topology spread, anti-affinity) find a node is
#     not reckoned again before each change.
#     instead: stop when a pod stays Pending, and read its events; poolshift apply looks beforehand.
#
# Needs the modules Az.Accounts and Az.Aks, and kubectl. See the steps with: move.ps1 -List
#
# STEPS
#    1  preflight: send every write as a dry run
#    2  features: nothing to do: Windows2022 needs no feature registration
#    3  hold: nothing to do: no autoscaler and no auto-upgrade channel is on
#    4  control-plane: nothing to do: it is new enough
#    5  create-wspo22: create wspo22: Windows2022, 3 nodes of Standard_D2s_v3
#    6  ready-wspo22: all nodes of wspo22 are Ready and their DaemonSet pods run
#    7  identity-wspo22: nothing to do: the scale set of wspool has no identities of its own
#    8  pre-pull-wspo22: pull 1 new image on wspo22 and start each once
#    9  canary-wspool: one pod of default/Deployment/sample on wspo22, watched for 900 s
#   10  retarget-deployment-default-sample: retarget: default/Deployment/sample to
#       mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022
#   11  lift-guard-wspo22: take the guard taint off wspo22
#   12  drain-wspool: cordon wspool, move 0 pods of 0 workloads
#   13  verify-wspool: every moved workload is ready on green
#   14  soak-wspool: 3600 s without a fault on green
#   15  unbalance-wspool: wspool leaves the load balancers and its connections end
#   16  delete-wspool: delete wspool
#   17  restore: take the run's marks off, restore holds
#   18  prove-wspool: nothing names wspool any more
#   19  final-check: pools, nodes, workloads as planned

[CmdletBinding()]
param(
  [switch]$List, # show the steps and end
  [int]$From = 1, # begin with this step
  [int]$To = 0, # end with this step
  [int]$Only = 0, # take this step alone
  [int]$Undo = 0, # take this step back, as far as it can be
  [switch]$Yes, # delete pools without asking
  [string]$Context = '', # kubectl's context; empty: the current one
  [switch]$TakeOwnership, # create and delete pools that other code owns
  [switch]$DespiteBlockers # go on although the plan has blockers
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
# What a program complains about is judged by its exit code.
$PSNativeCommandUseErrorActionPreference = $false

# ---- values; change them here and nowhere else
$plan = 'plan-manifests' # what the marks of this plan say
$subscription = '49eec6f2-0362-5412-b7fc-d0dbd597e13c'
$resource_group = 'myResourceGroup'
$cluster_name = 'myAKSCluster'
$cluster_id = '/subscriptions/49eec6f2-0362-5412-b7fc-d0dbd597e13c/resourcegroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myAKSCluster'
$kubernetes_version = '1.23.8'
$target_sku = 'Windows2022'
$api_version = '2026-06-01'
$compute_version = '2024-11-01'
$patience_s = 7200 # how long a step may wait before it fails
$poll_s = 10 # how long it waits between two looks
$blockers = 0
$steps = 19
$blue_1 = 'wspool'
$green_1 = 'wspo22'
$sku_1 = 'Windows2019' # blue's OS SKU
$size_1 = 'Standard_D2s_v3'
$count_1 = 3
$build_1 = '10.0.20348' # green's build
$owner_1 = 'none'
$workload_1 = @{ 'Ns' = 'default'; 'Kind' = 'deployment'; 'Name' = 'sample' }
$workloads = @($workload_1)
$blues = @('wspool')
$greens = @('wspo22')
$planned = @('default/Deployment/sample', 'kube-system/DaemonSet/csi-azuredisk-node-win')
$gentle_guard = $true # pods on green may be sent back
$old_images = @('mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019')
$seconds_9 = 900 # canary
$seconds_14 = 3600 # soak
$seconds_15 = 60 # leave-load-balancers
$files = $PSScriptRoot

# ---- what the script finds out
$script:current = 1
$script:kubeContext = $Context
$script:nodeGroup = ''
$script:lastSaid = ''
$script:kubeExit = 0
$script:kubeSaid = ''

# functions of the library:
#   Write-Line
#   Write-Already
#   Stop-Move
#   Deny-Move
#   Get-GoOn
#   Wait-More
#   Read-Field
#   Read-List
#   Use-Kubectl
#   Invoke-Kubectl
#   Invoke-Change
#   Get-Kube
#   Get-KubeItems
#   Get-Workload
#   Send-Arm
#   Get-Arm
#   Set-Arm
#   Get-Cluster
#   Get-Pool
#   Get-PoolMark
#   Test-Clients
#   Test-Cluster
#   Test-Access
#   Test-Version
#   Test-Blue
#   Get-Match
#   Confirm-Step

# Makes green by a script block that takes its number of nodes; it is as large as blue is now.
function Add-Green([string]$Blue, [string]$Green, [int]$Count, [string]$Owner, [scriptblock]$Make) {
  $mark = Get-PoolMark $Green
  if ($mark -eq $plan -or ($mark -and $Owner -ne 'none')) {
    Write-Already "the pool $Green is there"
    return
  }
  if ($mark) {
    Stop-Move "there is a pool $Green that this plan did not make" 'plan again with another --green'
  }
  if ($Owner -ne 'none' -and -not $TakeOwnership) {
    $since = Get-Date
    while ($null -eq (Get-Pool $Green)) {
      Wait-More $since "$Owner owns the pools and must create $Green"
    }
    return
  }
  $has = Read-Field (Get-Pool $Blue) @('properties', 'count')
  & $Make ([Math]::Max([int]$has, $Count))
}

# Makes a pool: by the cmdlet where it takes every argument, else by the whole body.
function New-Green([string]$Name, [int]$Count, [hashtable]$Arguments, [string]$BodyFile, [hashtable]$Headers) {
  $known = (Get-Command New-AzAksNodePool).Parameters
  $lacks = @(@($Arguments.Keys) + 'IfNoneMatch' | Where-Object { -not $known.ContainsKey($_) })
  if ($Arguments.Count -gt 0 -and $lacks.Count -eq 0) {
    Write-Line "  + New-AzAksNodePool -ClusterName $cluster_name -Name $Name -Count $Count"
    $header = @{}
    if ($Headers.Count -gt 0) {
      $header = @{ AksCustomHeader = $Headers }
    }
    [void](New-AzAksNodePool -ResourceGroupName $resource_group -ClusterName $cluster_name -Name $Name `
        -Count $Count -IfNoneMatch '*' @Arguments @header)
    return
  }
  $text = Get-Content -LiteralPath $BodyFile -Raw -Encoding utf8
  $body = ConvertFrom-Json -InputObject $text -AsHashtable -Depth 100
  $body['properties']['count'] = $Count
  $all = @{ 'If-None-Match' = '*' }
  foreach ($key in $Headers.Keys) {
    $all[$key] = $Headers[$key]
  }
  Set-Arm 'PUT' "$cluster_id/agentPools/${Name}?api-version=$api_version" $body $all
}

# The service is done with a pool.
function Wait-Pool([string]$Name) {
  $since = Get-Date
  while ($true) {
    $pool = Get-Pool $Name
    if ($null -eq $pool) {
      Stop-Move "the pool $Name is gone"
    }
    $state = Read-Field $pool @('properties', 'provisioningState')
    if ($state -eq 'Succeeded') {
      return
    }
    if ($state -in @('Failed', 'Canceled')) {
      $why = Read-Field $pool @('properties', 'status', 'provisioningError', 'message')
      Stop-Move "the pool $Name is ${state}: $why" (Get-GoOn)
    }
    Wait-More $since "the pool $Name is $state"
  }
}

# Changes some properties of a pool, and leaves the others as they are.
function Update-Pool([string]$Name, [hashtable]$Properties, [hashtable]$Headers) {
  $pool = Get-Pool $Name
  foreach ($key in $Properties.Keys) {
    $pool['properties'][$key] = $Properties[$key]
  }
  $all = Get-Match $pool
  foreach ($key in $Headers.Keys) {
    $all[$key] = $Headers[$key]
  }
  Set-Arm 'PUT' "$cluster_id/agentPools/${Name}?api-version=$api_version" @{ properties = $pool['properties'] } $all
}

# The nodes of a pool.
function Get-Nodes([string]$Name) {
  return , (Get-KubeItems @('get', 'nodes', "--selector=kubernetes.azure.com/agentpool=$Name"))
}

# Whether a node or pod is ready.
function Test-Ready($Object) {
  foreach ($condition in (Read-List $Object @('status', 'conditions'))) {
    if ($condition['type'] -eq 'Ready') {
      return $condition['status'] -eq 'True'
    }
  }
  $false
}

# The name of an object.
function Get-ObjectName($Object) {
  "$(Read-Field $Object @('metadata', 'name'))"
}

# One annotation of an object.
function Get-Note($Object, [string]$Key) {
  "$(Read-Field $Object @('metadata', 'annotations', $Key))"
}

# The owner that controls an object; nothing where none does.
function Get-Owner($Object) {
  foreach ($owner in (Read-List $Object @('metadata', 'ownerReferences'))) {
    if ((Read-Field $owner @('controller'))) {
      return , $owner
    }
  }
  return $null
}

# All nodes of green are Ready, of the right build, and their DaemonSet pods run.
function Wait-Nodes([string]$Green, [string]$Build) {
  $since = Get-Date
  while ($true) {
    $wanted = [int](Read-Field (Get-Pool $Green) @('properties', 'count'))
    $nodes = Get-Nodes $Green
    $ready = @($nodes | Where-Object { Test-Ready $_ })
    Test-Build $ready $Build "delete the pool $Green and look why"
    $trouble = "$($ready.Count) of $wanted nodes are Ready"
    if ($ready.Count -ge $wanted -and $ready.Count -gt 0) {
      $trouble = Get-DaemonTrouble $Green
      if (-not $trouble) {
        Write-Line "  $($ready.Count) nodes of $Green are Ready with their DaemonSet pods"
        return
      }
    }
    Wait-More $since "${Green}: $trouble"
  }
}

# Every one of some nodes runs a build.
function Test-Build([object[]]$Nodes, [string]$Build, [string]$Cure) {
  foreach ($node in $Nodes) {
    $kernel = "$(Read-Field $node @('status', 'nodeInfo', 'kernelVersion'))"
    if ($Build -and -not $kernel.StartsWith($Build)) {
      Stop-Move "node $(Get-ObjectName $node) runs $kernel, not $Build" $Cure
    }
  }
}

# What is not well with DaemonSet pods on a pool; nothing when all is.
function Get-DaemonTrouble([string]$Name) {
  foreach ($set in (Get-KubeItems @('get', 'daemonsets', '--all-namespaces'))) {
    $has = [int](Read-Field $set @('status', 'currentNumberScheduled'))
    if ($has -lt [int](Read-Field $set @('status', 'desiredNumberScheduled'))) {
      return "DaemonSet $(Get-ObjectName $set) has no pod on some node yet"
    }
  }
  foreach ($pod in (Get-PodsOnPool $Name -Daemons)) {
    if (-not (Test-Ready $pod)) {
      return "pod $(Get-ObjectName $pod) is not ready yet"
    }
  }
  ''
}

# Pods on a pool that have not finished: those that must move, or those of DaemonSets.
function Get-PodsOnPool([string]$Name, [switch]$Daemons) {
  $found = @()
  foreach ($node in (Get-Nodes $Name)) {
    $where = "spec.nodeName=$(Get-ObjectName $node),status.phase!=Succeeded,status.phase!=Failed"
    foreach ($pod in (Get-KubeItems @('get', 'pods', '--all-namespaces', "--field-selector=$where"))) {
      $kind = Read-Field (Get-Owner $pod) @('kind')
      if (($kind -eq 'DaemonSet') -eq [bool]$Daemons -and $kind -ne 'Node') {
        $found += , $pod
      }
    }
  }
  return , $found
}

# Takes the guard taint off green and leaves its other taints.
function Remove-Guard([string]$Green, [hashtable]$Headers) {
  $taints = Read-List (Get-Pool $Green) @('properties', 'nodeTaints')
  $kept = @($taints | Where-Object { -not "$_".StartsWith('poolshift.io/guard=') })
  if ($kept.Count -eq $taints.Count) {
    Write-Already "there is no guard on $Green"
    return
  }
  Update-Pool $Green @{ nodeTaints = $kept } $Headers
}

# Cordons the nodes of a pool that are schedulable; what somebody else cordoned stays theirs.
function Lock-Pool([string]$Name) {
  foreach ($node in (Get-Nodes $Name)) {
    if (-not (Read-Field $node @('spec', 'unschedulable'))) {
      Invoke-Change @('annotate', '--overwrite', 'node', (Get-ObjectName $node), "poolshift.io/cordoned-by=$plan")
      Invoke-Change @('cordon', (Get-ObjectName $node))
    }
  }
}

# Takes this plan's cordons back.
function Unlock-Pool([string]$Name) {
  foreach ($node in (Get-Nodes $Name)) {
    if ((Get-Note $node 'poolshift.io/cordoned-by') -eq $plan) {
      Invoke-Change @('uncordon', (Get-ObjectName $node))
      Invoke-Change @('annotate', 'node', (Get-ObjectName $node), 'poolshift.io/cordoned-by-')
    }
  }
}

# The nodes of a pool leave the load balancers, and their connections get time to end.
function Exit-LoadBalancers([string]$Name, [int]$Seconds) {
  $nodes = Get-Nodes $Name
  if ($nodes.Count -eq 0) {
    Write-Already "the pool $Name has no nodes"
    return
  }
  $now = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')
  $label = 'node.kubernetes.io/exclude-from-external-load-balancers'
  foreach ($node in $nodes) {
    if ($null -eq (Read-Field $node @('metadata', 'labels', $label))) {
      Invoke-Change @('annotate', '--overwrite', 'node', (Get-ObjectName $node), "poolshift.io/excluded-by=$plan", "poolshift.io/excluded-at=$now")
      Invoke-Change @('label', 'node', (Get-ObjectName $node), "$label=true")
    }
  }
  Write-Line "  connections to $Name get $Seconds s to end"
  Start-Sleep -Seconds $Seconds
}

# Takes this plan's exclusions back.
function Enter-LoadBalancers([string]$Name) {
  foreach ($node in (Get-Nodes $Name)) {
    if ((Get-Note $node 'poolshift.io/excluded-by') -eq $plan) {
      Invoke-Change @('label', 'node', (Get-ObjectName $node), 'node.kubernetes.io/exclude-from-external-load-balancers-')
      Invoke-Change @('annotate', 'node', (Get-ObjectName $node), 'poolshift.io/excluded-by-', 'poolshift.io/excluded-at-')
    }
  }
}

# Nothing but DaemonSet pods is left on a pool.
function Test-Empty([string]$Name) {
  $since = Get-Date
  while ($true) {
    $pods = Get-PodsOnPool $Name
    if ($pods.Count -eq 0) {
      return
    }
    foreach ($pod in $pods) {
      $leaves = Read-Field $pod @('metadata', 'deletionTimestamp')
      if ((Read-Field (Get-Owner $pod) @('kind')) -ne 'Job' -and -not $leaves) {
        Stop-Move "pod $(Get-ObjectName $pod) is still on $Name" "move it, then go on with: move.ps1 -From $script:current"
      }
    }
    Wait-More $since "$(Get-ObjectName $pods[0]) on $Name runs to its end"
  }
}

# Deletes a pool that is empty and out of the load balancers, and waits until its nodes are gone.
function Remove-Pool([string]$Name, [string]$Owner, [switch]$Ours) {
  $pool = Get-Pool $Name
  if ($null -eq $pool) {
    Write-Already "the pool $Name is gone"
    return
  }
  if ($Ours -and (Get-PoolMark $Name) -ne $plan) {
    Stop-Move "this plan did not make the pool $Name, so it stays"
  }
  $state = Read-Field $pool @('properties', 'provisioningState')
  if ($state -ne 'Deleting') {
    foreach ($node in (Get-Nodes $Name)) {
      if ($null -eq (Read-Field $node @('metadata', 'labels', 'node.kubernetes.io/exclude-from-external-load-balancers'))) {
        Stop-Move "node $(Get-ObjectName $node) still takes load balancer traffic" 'run the step before this one again'
      }
    }
    if ($Owner -eq 'none' -or $TakeOwnership) {
      Confirm-Step $Name "delete the pool $Name"
      Set-Arm 'DELETE' "$cluster_id/agentPools/${Name}?api-version=$api_version" $null (Get-Match $pool)
    }
  }
  $since = Get-Date
  while ($true) {
    $pool = Get-Pool $Name
    $nodes = Get-Nodes $Name
    if ($null -eq $pool -and $nodes.Count -eq 0) {
      Write-Line "  the pool $Name is gone"
      return
    }
    $state = Read-Field $pool @('properties', 'provisioningState')
    if ($state -eq 'Failed') {
      Stop-Move "the pool $Name could not be deleted" 'look at it: Get-AzAksNodePool'
    }
    Wait-More $since "the pool $Name is $state, with $($nodes.Count) nodes"
  }
}

# Green is what was planned, by the service's word and by its nodes' own; no helper is left.
function Test-Green([string]$Green, [string]$Sku, [string]$Build) {
  $has = Read-Field (Get-Pool $Green) @('properties', 'osSKU')
  if ($has -ne $Sku) {
    Stop-Move "the pool $Green is $has, not $Sku"
  }
  Test-Build (Get-Nodes $Green) $Build ''
  $left = Get-KubeItems @('get', 'daemonsets', '--all-namespaces', "--selector=poolshift.io/run=$plan")
  if ($left.Count -gt 0) {
    Stop-Move "a helper is left: $(Get-ObjectName $left[0])" 'kubectl delete it'
  }
  Write-Line "  $Green is $Sku"
}

# What a patch, sent as a dry run, would make of a workload.
function Test-Patch([string]$Ns, [string]$Kind, [string]$Name, [string]$File) {
  return , (Get-Kube @('patch', "$Kind/$Name", "--namespace=$Ns", '--type=strategic', "--patch-file=$File", '--dry-run=server'))
}

# An object as text that can be compared: keys in order.
function Get-Plain($Object) {
  if ($Object -is [System.Collections.IDictionary]) {
    $parts = foreach ($key in @($Object.Keys | Sort-Object -CaseSensitive)) {
      "$(ConvertTo-Json -InputObject "$key"):$(Get-Plain $Object[$key])"
    }
    return "{$(@($parts) -join ',')}"
  }
  if ($Object -is [System.Collections.IList]) {
    $parts = foreach ($item in $Object) {
      Get-Plain $item
    }
    return "[$(@($parts) -join ',')]"
  }
  ConvertTo-Json -InputObject $Object -Compress
}

# Whether a template is as planned already: its patch, sent as a dry run, changes nothing.
function Test-Retargeted([string]$Ns, [string]$Kind, [string]$Name, [string]$File) {
  $workload = Get-Workload $Ns $Kind $Name
  if ($null -eq $workload) {
    Stop-Move "$Kind $Ns/$Name no longer exists" 'make a new plan'
  }
  $live = Read-Field $workload @('spec', 'template')
  $tried = Read-Field (Test-Patch $Ns $Kind $Name $File) @('spec', 'template')
  (Get-Plain $live) -ceq (Get-Plain $tried)
}

# The containers of a template.
function Get-Containers($Workload, [string]$Which) {
  return , (Read-List $Workload @('spec', 'template', 'spec', $Which))
}

# The template still is what the plan changes: it has those containers and runs those images.
function Test-Template([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string[]]$Images) {
  $live = Get-Workload $Ns $Kind $Name
  if ($null -eq $live) {
    Write-Line "  note: $Kind $Ns/$Name no longer exists"
    return
  }
  if (Test-Retargeted $Ns $Kind $Name $File) {
    Write-Already "the template of $Ns/$Name is as planned"
    return
  }
  $tried = Test-Patch $Ns $Kind $Name $File
  $has = @((Get-Containers $live 'containers') | ForEach-Object { $_['name'] })
  $gets = @((Get-Containers $tried 'containers') | ForEach-Object { $_['name'] })
  if (($has -join '|') -cne ($gets -join '|')) {
    Stop-Move "the containers of $Ns/$Name are others than planned: $($has -join ', ')" 'make a new plan'
  }
  $all = (Get-Containers $live 'initContainers') + (Get-Containers $live 'containers')
  $runs = @($all | ForEach-Object { $_['image'] })
  foreach ($image in $Images) {
    if ($runs -cnotcontains $image) {
      Stop-Move "$Ns/$Name does not run $image any more" 'make a new plan'
    }
  }
}

# A file of the user's changes no more than the plan does.
function Test-Manifest([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string]$Manifest) {
  $tried = Read-Field (Test-Patch $Ns $Kind $Name $File) @('spec')
  $applied = Read-Field (Get-Kube @('apply', "--namespace=$Ns", "--filename=$Manifest", '--dry-run=server')) @('spec')
  if ((Get-Plain $tried) -cne (Get-Plain $applied)) {
    Stop-Move "applying the file of $Ns/$Name would change more than the move" "kubectl diff -f $Manifest, apply that change first, then make a new plan"
  }
}

# A document of the user's files is applied as it stands.
function Test-Document([string]$Target, [string]$File) {
  $said = Invoke-Kubectl @('apply', "--filename=$File", '--dry-run=server')
  if ($said -notmatch 'unchanged') {
    Stop-Move "the document $Target differs from what was applied" "apply that change first: kubectl diff -f $File"
  }
}

# Pods of a workload that are not on their way out.
function Get-PodsOf([string]$Ns, [string]$Kind, [string]$Name) {
  $workload = Get-Workload $Ns $Kind $Name
  if ($null -eq $workload) {
    return , @()
  }
  $owners = @(Read-Field $workload @('metadata', 'uid'))
  if ($Kind -eq 'deployment') {
    $sets = Get-KubeItems @('get', 'replicasets', "--namespace=$Ns")
    $mine = $sets | Where-Object { (Read-Field (Get-Owner $_) @('uid')) -eq $owners[0] }
    $owners = @($mine | ForEach-Object { Read-Field $_ @('metadata', 'uid') })
  }
  $where = 'status.phase!=Succeeded,status.phase!=Failed'
  $found = @()
  foreach ($pod in (Get-KubeItems @('get', 'pods', "--namespace=$Ns", "--field-selector=$where"))) {
    $by = Read-Field (Get-Owner $pod) @('uid')
    if ($by -and $by -in $owners -and -not (Read-Field $pod @('metadata', 'deletionTimestamp'))) {
      $found += , $pod
    }
  }
  return , $found
}

# Those of some pods that are on the nodes of some pools.
function Select-OnPools([object[]]$Pods, [string[]]$Names) {
  $nodes = @()
  foreach ($name in $Names) {
    foreach ($node in (Get-Nodes $name)) {
      $nodes += Get-ObjectName $node
    }
  }
  return , @($Pods | Where-Object { (Read-Field $_ @('spec', 'nodeName')) -in $nodes })
}

# Asks for one eviction; the uid makes sure that it is this pod. Gives what the server said against it.
function Request-Eviction($Pod, [switch]$DryRun) {
  $ns = Read-Field $Pod @('metadata', 'namespace')
  $name = Get-ObjectName $Pod
  $uid = Read-Field $Pod @('metadata', 'uid')
  $body = @{
    apiVersion = 'policy/v1'
    kind = 'Eviction'
    metadata = @{ name = $name; namespace = $ns }
    deleteOptions = @{ preconditions = @{ uid = $uid } }
  }
  $query = ''
  if ($DryRun) {
    $query = '?dryRun=All'
  }
  $said = (ConvertTo-Json -InputObject $body -Depth 10) |
    & kubectl "--context=$script:kubeContext" create --raw "/api/v1/namespaces/$ns/pods/$name/eviction$query" '--filename=-' 2>&1
  if ($LASTEXITCODE -eq 0) {
    return ''
  }
  @($said | ForEach-Object { "$_" }) -join ' '
}

# Evicts one pod; a budget or a webhook that says no is asked again at the next look.
function Move-Pod($Pod) {
  $said = Request-Eviction $Pod
  if (-not $said) {
    Write-Line "  + evicted $(Get-ObjectName $Pod)"
  } elseif ($said -notmatch 'NotFound|Conflict') {
    Write-Line "  not evicted yet: $(Get-ObjectName $Pod): $said"
  }
}

# A count, or a percentage of some replicas rounded down or up.
function Get-Scaled([string]$Said, [int]$Replicas, [switch]$Up) {
  if ($Said.EndsWith('%')) {
    $exact = [int]$Said.TrimEnd('%') * $Replicas / 100
    if ($Up) {
      return [int][Math]::Ceiling($exact)
    }
    return [int][Math]::Floor($exact)
  }
  [int]$Said
}

# The text under a path of keys, or another where it is absent.
function Read-Text($Object, [string[]]$Path, [string]$Otherwise) {
  $found = "$(Read-Field $Object $Path)"
  if ($found) {
    return $found
  }
  $Otherwise
}

# How many pods a workload may miss by its own settings.
function Get-MayMiss($Workload, [string]$Kind, [int]$Replicas) {
  if ($Kind -eq 'statefulset') {
    $most = Read-Text $Workload @('spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable') '1'
    return [Math]::Max(1, (Get-Scaled $most $Replicas))
  }
  if ($Kind -ne 'deployment') {
    return 1
  }
  if ((Read-Field $Workload @('spec', 'strategy', 'type')) -eq 'Recreate') {
    return $Replicas
  }
  $most = Read-Text $Workload @('spec', 'strategy', 'rollingUpdate', 'maxUnavailable') '25%'
  $surge = Read-Text $Workload @('spec', 'strategy', 'rollingUpdate', 'maxSurge') '25%'
  $may = Get-Scaled $most $Replicas
  if ($may -eq 0 -and (Get-Scaled $surge $Replicas -Up) -eq 0) {
    $may = 1
  }
  [Math]::Min($may, $Replicas)
}

# How many replicas a workload wants.
function Get-Replicas($Workload) {
  $wanted = Read-Field $Workload @('spec', 'replicas')
  if ($null -eq $wanted) { return 1 }
  [int]$wanted
}

# Whether a selector of labels matches a pod.
function Test-Selector($Selector, $Pod) {
  $labels = Read-Field $Pod @('metadata', 'labels')
  $wanted = Read-Field $Selector @('matchLabels')
  if ($wanted) {
    foreach ($key in @($wanted.Keys)) {
      if ((Read-Field $labels @($key)) -cne $wanted[$key]) { return $false }
    }
  }
  foreach ($term in (Read-List $Selector @('matchExpressions'))) {
    $has = Read-Field $labels @($term['key'])
    $values = Read-List $term @('values')
    $fits = switch ($term['operator']) {
      'In' { $null -ne $has -and $values -ccontains $has }
      'NotIn' { $null -eq $has -or $values -cnotcontains $has }
      'Exists' { $null -ne $has }
      'DoesNotExist' { $null -eq $has }
      default { $true }
    }
    if (-not $fits) { return $false }
  }
  $true
}

# What a rollout takes away keeps every budget over its pods.
function Test-Budgets([string]$Ns, [string]$Kind, [string]$Name) {
  $workload = Get-Workload $Ns $Kind $Name
  if ((Read-Field $workload @('spec', 'updateStrategy', 'type')) -eq 'OnDelete') {
    return
  }
  $missing = Get-MayMiss $workload $Kind (Get-Replicas $workload)
  if ($missing -eq 0) {
    return
  }
  $pods = Get-PodsOf $Ns $Kind $Name
  foreach ($budget in (Get-KubeItems @('get', 'poddisruptionbudgets', "--namespace=$Ns"))) {
    $allowed = [int](Read-Field $budget @('status', 'disruptionsAllowed'))
    $selector = Read-Field $budget @('spec', 'selector')
    $held = @($pods | Where-Object { Test-Selector $selector $_ })
    if ($held.Count -gt 0 -and $allowed -lt $missing) {
      Stop-Move "the rollout of $Ns/$Name may take $missing pods away, and the budget $(Get-ObjectName $budget) allows $allowed" "raise its replicas or lower the budget, then go on with: move.ps1 -From $script:current"
    }
  }
}

# Pulls new images on green by a helper: pool, helper's name, file by namespace.
function Copy-Images([string]$Green, [string]$Helper, [System.Collections.Specialized.OrderedDictionary]$Files) {
  foreach ($ns in $Files.Keys) {
    $there = Get-Kube @('get', 'daemonset', $Helper, "--namespace=$ns", '--ignore-not-found')
    if ($null -eq $there) {
      Invoke-Change @('create', "--filename=$($Files[$ns])")
    }
    $since = Get-Date
    while ($true) {
      $wanted = [int](Read-Field (Get-Pool $Green) @('properties', 'count'))
      $set = Get-Kube @('get', 'daemonset', $Helper, "--namespace=$ns")
      $ready = [int](Read-Field $set @('status', 'numberReady'))
      if ($ready -ge $wanted) {
        break
      }
      Wait-More $since "images on ${Green}: $ready of $wanted nodes have them"
    }
    Write-Line "  the images are on all nodes of $Green"
    Invoke-Change @('delete', 'daemonset', $Helper, "--namespace=$ns", '--ignore-not-found')
  }
}

# Takes the helpers away.
function Remove-Helpers([string]$Helper, [string[]]$Namespaces) {
  foreach ($ns in $Namespaces) {
    Invoke-Change @('delete', 'daemonset', $Helper, "--namespace=$ns", '--ignore-not-found')
  }
}

# Changes a template; what kubectl apply remembers follows, so that the next apply sees no difference.
function Set-Template([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string]$Plain) {
  $applied = Get-Note (Get-Workload $Ns $Kind $Name) 'kubectl.kubernetes.io/last-applied-configuration'
  if ($applied) {
    $folder = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    [void](New-Item -ItemType Directory -Path $folder)
    try {
      $old = Join-Path $folder 'old.json'
      $new = Join-Path $folder 'new.json'
      [IO.File]::WriteAllText($old, $applied)
      $text = Invoke-Kubectl @('patch', '--local', "--filename=$old", '--type=strategic', "--patch-file=$Plain", '--output=json')
      [IO.File]::WriteAllText($new, $text)
      [void](Invoke-Kubectl @('apply', 'set-last-applied', "--filename=$new"))
    } finally {
      Remove-Item -LiteralPath $folder -Recurse -Force
    }
  }
  Invoke-Change @('patch', "$Kind/$Name", "--namespace=$Ns", '--type=strategic', "--patch-file=$File")
}

# Changes a template, holds its rollout after its first new pods, and watches one of these.
function Start-Canary([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string]$Held, [int]$Seconds) {
  $workload = Get-Workload $Ns $Kind $Name
  if ($null -eq $workload) {
    Write-Line "  note: $Kind $Ns/$Name no longer exists"
    return
  }
  if (Test-Retargeted $Ns $Kind $Name $File) {
    if ((Get-Note $workload 'poolshift.io/rollout-held-by') -ne $plan) {
      Write-Already "the template of $Ns/$Name is changed, and its rollout is not held"
      return
    }
  } else {
    Test-Budgets $Ns $Kind $Name
    $before = "$(Read-Field $workload @('spec', 'minReadySeconds')),$(Read-Field $workload @('spec', 'progressDeadlineSeconds'))"
    Invoke-Change @('annotate', '--overwrite', "$Kind/$Name", "--namespace=$Ns", "poolshift.io/rollout-held-by=$plan", "poolshift.io/rollout-held-from=$before")
    Set-Template $Ns $Kind $Name $Held $File
  }
  if ((Get-Replicas $workload) -eq 0) {
    Write-Line "  note: $Ns/$Name has no replicas now"
    return
  }
  $since = Get-Date
  while ($true) {
    Undo-Strays
    $fresh = Get-FreshPod $Ns $Kind $Name
    if ($fresh) {
      break
    }
    Wait-More $since "the first new pod of $Ns/$Name is not ready yet"
  }
  Watch-Pod $Ns $fresh $Seconds
}

# A ready pod of a Deployment's newest ReplicaSet: its name, or nothing.
function Get-FreshPod([string]$Ns, [string]$Kind, [string]$Name) {
  $workload = Get-Workload $Ns $Kind $Name
  if ((Read-Field $workload @('metadata', 'generation')) -ne (Read-Field $workload @('status', 'observedGeneration'))) {
    return ''
  }
  $uid = Read-Field $workload @('metadata', 'uid')
  $key = 'deployment.kubernetes.io/revision'
  $revision = Get-Note $workload $key
  $newest = $null
  foreach ($set in (Get-KubeItems @('get', 'replicasets', "--namespace=$Ns"))) {
    if ((Read-Field (Get-Owner $set) @('uid')) -eq $uid -and (Get-Note $set $key) -eq $revision) {
      $newest = Read-Field $set @('metadata', 'uid')
    }
  }
  foreach ($pod in (Get-PodsOf $Ns $Kind $Name)) {
    if ($newest -and (Read-Field (Get-Owner $pod) @('uid')) -eq $newest -and (Test-Ready $pod)) {
      return Get-ObjectName $pod
    }
  }
  ''
}

# Watches a pod for so many seconds: it must stay ready and not restart.
function Watch-Pod([string]$Ns, [string]$Name, [int]$Seconds) {
  for ($left = $Seconds; ; $left -= 60) {
    $pod = Get-Kube @('get', 'pod', $Name, "--namespace=$Ns", '--ignore-not-found')
    if ($null -eq $pod -or -not (Test-Ready $pod)) {
      Stop-Move "the pod $Ns/$Name is not ready any more" 'look at its log'
    }
    foreach ($container in (Read-List $pod @('status', 'containerStatuses'))) {
      if ([int]$container['restartCount'] -gt 0) {
        Stop-Move "the pod $Ns/$Name restarted while it was watched" 'look at its log'
      }
    }
    if ($left -le 0) {
      Write-Line "  the pod $Ns/$Name was ready for $Seconds s"
      return
    }
    Write-Line "  the pod $Ns/$Name is watched for another $left s"
    Start-Sleep -Seconds ([Math]::Min($left, 60))
  }
}

# Lets a rollout that this plan holds go on, with the figures from before.
function Resume-Rollout([string]$Ns, [string]$Kind, [string]$Name) {
  $workload = Get-Workload $Ns $Kind $Name
  if ($null -eq $workload -or (Get-Note $workload 'poolshift.io/rollout-held-by') -ne $plan) {
    return
  }
  $ready, $deadline = (Get-Note $workload 'poolshift.io/rollout-held-from').Split(',')
  $spec = @{ minReadySeconds = $null; progressDeadlineSeconds = $null }
  if ($ready -and $ready -ne '0') { $spec.minReadySeconds = [int]$ready }
  if ($deadline) { $spec.progressDeadlineSeconds = [int]$deadline }
  $file = New-TemporaryFile
  try {
    [IO.File]::WriteAllText($file.FullName, (ConvertTo-Json -InputObject @{ spec = $spec } -Depth 5))
    Invoke-Change @('patch', "$Kind/$Name", "--namespace=$Ns", '--type=strategic', "--patch-file=$($file.FullName)")
  } finally {
    Remove-Item -LiteralPath $file.FullName -Force
  }
  Invoke-Change @('annotate', "$Kind/$Name", "--namespace=$Ns", 'poolshift.io/rollout-held-by-', 'poolshift.io/rollout-held-from-')
}

# Changes a template, or lets its held rollout go on, and waits until it has rolled out.
function Switch-Workload([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string]$Manifest = '') {
  if ($null -eq (Get-Workload $Ns $Kind $Name)) {
    Write-Line "  note: $Kind $Ns/$Name no longer exists"
    return
  }
  if (Test-Retargeted $Ns $Kind $Name $File) {
    Resume-Rollout $Ns $Kind $Name
  } else {
    Test-Budgets $Ns $Kind $Name
    Set-Template $Ns $Kind $Name $File $File
  }
  if ($Manifest) {
    Invoke-Change @('apply', "--namespace=$Ns", "--filename=$Manifest")
  }
  Wait-Rollout $Ns $Kind $Name
}

# Puts a template back by its patch, and waits until it has rolled out.
function Restore-Workload([string]$Ns, [string]$Kind, [string]$Name, [string]$File) {
  if (Test-Retargeted $Ns $Kind $Name $File) {
    Write-Already "the template of $Ns/$Name is as it was"
  } else {
    Test-Budgets $Ns $Kind $Name
    Set-Template $Ns $Kind $Name $File $File
  }
  Resume-Rollout $Ns $Kind $Name
  Wait-Rollout $Ns $Kind $Name
}

# Every pod of a workload is new, ready and the only one.
function Wait-Rollout([string]$Ns, [string]$Kind, [string]$Name) {
  $since = Get-Date
  while ($true) {
    Undo-Strays
    $workload = Get-Workload $Ns $Kind $Name
    $wanted = Get-Replicas $workload
    $updated = [int](Read-Field $workload @('status', 'updatedReplicas'))
    $all = [int](Read-Field $workload @('status', 'replicas'))
    $ready = [int](Read-Field $workload @('status', 'readyReplicas'))
    $seen = [int](Read-Field $workload @('status', 'observedGeneration'))
    $current = $seen -ge [int](Read-Field $workload @('metadata', 'generation'))
    if ($current -and $updated -ge $wanted -and $all -eq $wanted -and $ready -ge $wanted) {
      Write-Line "  $Ns/$Name has rolled out"
      return
    }
    if ((Read-Field $workload @('spec', 'paused'))) {
      Wait-More $since "somebody paused the rollout of $Ns/${Name}: kubectl rollout resume"
    } else {
      Wait-More $since "$Ns/${Name}: $updated of $wanted pods are new, $ready are ready"
    }
  }
}

# Evicts pods on green whose image only blue fits, while blue still takes pods.
function Undo-Strays {
  if (-not $gentle_guard) {
    return
  }
  $open = $false
  foreach ($blue in $blues) {
    foreach ($node in (Get-Nodes $blue)) {
      $open = $open -or -not (Read-Field $node @('spec', 'unschedulable'))
    }
  }
  if (-not $open) {
    return
  }
  foreach ($green in $greens) {
    foreach ($pod in (Get-PodsOnPool $green)) {
      $runs = @((Read-List $pod @('spec', 'containers')) | ForEach-Object { $_['image'] })
      $old = @($runs | Where-Object { $old_images -ccontains $_ })
      if ($old.Count -gt 0 -and -not (Read-Field $pod @('metadata', 'deletionTimestamp'))) {
        Write-Line "  $(Get-ObjectName $pod) is on $green, and its image does not fit"
        Move-Pod $pod
      }
    }
  }
}

# No workload is on a pool that nobody planned for.
function Test-Planned([string]$Name) {
  foreach ($pod in (Get-PodsOnPool $Name)) {
    $owner = Get-Owner $pod
    $ns = Read-Field $pod @('metadata', 'namespace')
    if ((Read-Field $pod @('metadata', 'deletionTimestamp')) -or (Read-Field $owner @('kind')) -eq 'Job') {
      continue
    }
    if ($null -eq $owner) {
      Stop-Move "the bare pod $ns/$(Get-ObjectName $pod) would be lost: nothing makes it again" "delete it or give it an owner, then go on with: move.ps1 -From $script:current"
    }
    $target = "$ns/$($owner['kind'])/$($owner['name'])"
    if ($owner['kind'] -eq 'ReplicaSet') {
      $top = Get-Owner (Get-Workload $ns 'replicaset' $owner['name'])
      if ($null -ne $top) {
        $target = "$ns/$($top['kind'])/$($top['name'])"
      }
    }
    if ($planned -cnotcontains $target) {
      Stop-Move "$target has pods on $Name and is not in the plan: nobody looked whether its images fit" 'move it by hand or make a new plan'
    }
  }
}

# What is not well with the moved workloads; nothing when all is.
function Get-Trouble {
  foreach ($one in $workloads) {
    $workload = Get-Workload $one.Ns $one.Kind $one.Name
    if ($null -eq $workload) {
      continue
    }
    $pods = Get-PodsOf $one.Ns $one.Kind $one.Name
    $wanted = Get-Replicas $workload
    $ready = @($pods | Where-Object { Test-Ready $_ }).Count
    if ($ready -lt $wanted) {
      return "$($one.Ns)/$($one.Name) has $ready of $wanted pods ready"
    }
    $old = Select-OnPools $pods $blues
    if ($old.Count -gt 0) {
      return "$($one.Ns)/$($one.Name) still has $(Get-ObjectName $old[0]) on an old pool"
    }
  }
  ''
}

# Every moved workload is as ready as it wants to be, and has left the old pools.
function Test-Workloads {
  $since = Get-Date
  while ($trouble = Get-Trouble) {
    Wait-More $since $trouble
  }
  Write-Line '  all moved workloads are ready on the new pools'
}

# So many seconds without a fault; they start anew with each.
function Wait-Soak([int]$Seconds) {
  $there = @($blues | Where-Object { $null -ne (Get-Pool $_) })
  if ($there.Count -eq 0) {
    Write-Already 'the old pools are gone'
    return
  }
  $quiet = Get-Date
  $since = Get-Date
  while ($true) {
    $trouble = Get-Trouble
    if ($trouble) {
      Wait-More $since "$trouble (the soak starts anew)"
      $quiet = Get-Date
      continue
    }
    $has = [int]((Get-Date) - $quiet).TotalSeconds
    if ($has -ge $Seconds) {
      Write-Line "  $Seconds s without a fault"
      return
    }
    $since = Get-Date
    Write-Line "  quiet for $has of $Seconds s"
    Start-Sleep -Seconds ([Math]::Min([Math]::Max(1, $Seconds - $has), 60))
  }
}

# Takes this plan's marks off a workload and its pods.
function Clear-Marks([string]$Ns, [string]$Kind, [string]$Name) {
  Resume-Rollout $Ns $Kind $Name
  $workload = Get-Workload $Ns $Kind $Name
  if ((Get-Note $workload 'poolshift.io/surged-by') -eq $plan) {
    if ((Get-Replicas $workload) -eq [int](Get-Note $workload 'poolshift.io/surged-to')) {
      Invoke-Change @('scale', 'deployment', $Name, "--namespace=$Ns", "--replicas=$(Get-Note $workload 'poolshift.io/surged-from')")
    }
    Invoke-Change @('annotate', 'deployment', $Name, "--namespace=$Ns", 'poolshift.io/surged-by-', 'poolshift.io/surged-from-', 'poolshift.io/surged-to-')
  }
  foreach ($pod in (Get-KubeItems @('get', 'pods', "--namespace=$Ns"))) {
    if ((Get-Note $pod 'poolshift.io/chosen-by') -eq $plan -and -not (Read-Field $pod @('metadata', 'deletionTimestamp'))) {
      Invoke-Change @('annotate', 'pod', (Get-ObjectName $pod), "--namespace=$Ns", 'controller.kubernetes.io/pod-deletion-cost-', 'poolshift.io/chosen-by-')
    }
  }
}

# No template selects a pool by its name any more.
function Test-Names([string]$Pool) {
  $kinds = 'deployments.apps,statefulsets.apps,daemonsets.apps,jobs.batch'
  foreach ($one in (Get-KubeItems @('get', $kinds, '--all-namespaces'))) {
    $selector = Read-Field $one @('spec', 'template', 'spec', 'nodeSelector')
    foreach ($key in @('agentpool', 'kubernetes.azure.com/agentpool')) {
      if ((Read-Field $selector @($key)) -eq $Pool) {
        Stop-Move "$($one['kind']) $(Get-ObjectName $one) still selects the pool $Pool by name" "change its nodeSelector, then go on with: move.ps1 -From $script:current"
      }
    }
  }
  Write-Line "  no template names $Pool"
}

# Checks the clients, and takes the steps from the first to the last, or one back.
function Start-Move {
  if ($List) {
    Show-Steps
    exit 0
  }
  $first = $From
  $last = $steps
  if ($To) {
    $last = $To
  }
  if ($Only) {
    $first = $Only
    $last = $Only
  }
  foreach ($number in @($first, $last, $Undo)) {
    if ($number -lt 0 -or $number -gt $steps) {
      Deny-Move "there is no step $number" 'see them with: move.ps1 -List'
    }
  }
  if ($blockers -gt 0 -and -not $DespiteBlockers) {
    Deny-Move "the plan has $blockers blockers; they stand on top of this script" 'mend them and plan again, or pass -DespiteBlockers'
  }
  Test-Clients
  Test-Cluster
  if ($Undo) {
    $script:current = $Undo
    Undo-Step $Undo
    exit 0
  }
  for ($script:current = $first; $script:current -le $last; $script:current++) {
    Invoke-Step $script:current
  }
  Write-Line "done: steps $first to $last"
}

# Makes wspo22 with so many nodes.
$make_1 = {
  param([int]$Count)
  $arguments = @{
    'VmSize' = 'Standard_D2s_v3'
    'OsDiskSize' = 128
    'OSDiskType' = 'Managed'
    'MaxPodCount' = 30
    'VmSetType' = 'VirtualMachineScaleSets'
    'ScaleDownMode' = 'Delete'
    'KubernetesVersion' = '1.23.8'
    'Mode' = 'User'
    'OsType' = 'Windows'
    'OsSKU' = 'Windows2022'
    'MaxSurge' = '10%'
    'NodeTaint' = @('poolshift.io/guard=green:PreferNoSchedule')
    'Tag' = @{ 'poolshift-run' = 'plan-manifests' }
  }
  New-Green $green_1 $Count $arguments (Join-Path $files 'manifests/pool-wspo22.json') @{}
}

# 1. preflight: send every write as a dry run
# expected 5 s; can be taken back
function Invoke-Step1 {
  Test-Access
  Test-Version $kubernetes_version
  Test-Blue $blue_1 $green_1 $sku_1 $size_1 $count_1
  Test-Template @workload_1 -File (Join-Path $files 'patches/default.deployment.sample.json') -Images @('mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019')
  Test-Manifest @workload_1 -File (Join-Path $files 'patches/default.deployment.sample.json') -Manifest (Join-Path $files 'manifests/default.deployment.sample.yaml')
  Test-Document 'default/Service/sample' (Join-Path $files 'manifests/default.service.sample.other.yaml')
}

# 2. features: features that the target asks for
# nothing to do: Windows2022 needs no feature registration
function Invoke-Step2 {
  Write-Line '  nothing to do: Windows2022 needs no feature registration'
}

# 3. hold: hold autoscaler and auto-upgrade
# nothing to do: no autoscaler and no auto-upgrade channel is on
function Invoke-Step3 {
  Write-Line '  nothing to do: no autoscaler and no auto-upgrade channel is on'
}

# 4. control-plane: the control plane is new enough for the target
# nothing to do: it is new enough
function Invoke-Step4 {
  Write-Line '  nothing to do: it is new enough'
}

# 5. create-wspo22: create wspo22: Windows2022, 3 nodes of Standard_D2s_v3
# expected 5 min 5 s; can be taken back
function Invoke-Step5 {
  Add-Green $blue_1 $green_1 $count_1 $owner_1 $make_1
  Wait-Pool $green_1
}

# 5. create-wspo22: takes step 5 back
function Undo-Step5 {
  Exit-LoadBalancers $green_1 60
  Test-Empty $green_1
  Remove-Pool $green_1 $owner_1 -Ours
}

# 6. ready-wspo22: all nodes of wspo22 are Ready and their DaemonSet pods run
# expected 5 min 32 s; can be taken back
function Invoke-Step6 {
  Wait-Nodes $green_1 $build_1
}

# 7. identity-wspo22: 0 identities of wspool's scale set on wspo22's
# nothing to do: the scale set of wspool has no identities of its own
function Invoke-Step7 {
  Write-Line '  nothing to do: the scale set of wspool has no identities of its own'
}

# 8. pre-pull-wspo22: pull 1 new image on wspo22 and start each once
# expected 3 min 18 s; can be taken back
function Invoke-Step8 {
  if ((Test-Retargeted @workload_1 -File (Join-Path $files 'patches/default.deployment.sample.json'))) {
    Write-Already 'every template is changed'
    return
  }
  Copy-Images $green_1 'poolshift-prepull-8e9b0310' ([ordered]@{ 'default' = (Join-Path $files 'manifests/pull-wspo22-default.json') })
}

# 8. pre-pull-wspo22: takes step 8 back
function Undo-Step8 {
  Remove-Helpers 'poolshift-prepull-8e9b0310' @('default')
}

# 9. canary-wspool: one pod of default/Deployment/sample on wspo22, watched for 900 s
# expected 15 min 30 s; can be taken back
function Invoke-Step9 {
  Start-Canary @workload_1 -File (Join-Path $files 'patches/default.deployment.sample.json') -Held (Join-Path $files 'patches/default.deployment.sample.held.json') -Seconds $seconds_9
}

# 9. canary-wspool: takes step 9 back
function Undo-Step9 {
  Restore-Workload @workload_1 -File (Join-Path $files 'patches/default.deployment.sample.back.json')
}

# 10. retarget-deployment-default-sample: retarget: default/Deployment/sample to mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022
# expected 1 min 30 s; can be taken back
function Invoke-Step10 {
  Switch-Workload @workload_1 -File (Join-Path $files 'patches/default.deployment.sample.json') -Manifest (Join-Path $files 'manifests/default.deployment.sample.yaml')
}

# 10. retarget-deployment-default-sample: takes step 10 back
function Undo-Step10 {
  Restore-Workload @workload_1 -File (Join-Path $files 'patches/default.deployment.sample.back.json')
}

# 11. lift-guard-wspo22: take the guard taint off wspo22
# expected 8 s; can be taken back
function Invoke-Step11 {
  Remove-Guard $green_1 @{}
  Wait-Pool $green_1
}

# 12. drain-wspool: cordon wspool, move 0 pods of 0 workloads
# expected 5 s; can be taken back
function Invoke-Step12 {
  Test-Planned $blue_1
  Lock-Pool $blue_1
  Test-Empty $blue_1
}

# 12. drain-wspool: takes step 12 back
function Undo-Step12 {
  Unlock-Pool $blue_1
}

# 13. verify-wspool: every moved workload is ready on green
# expected 5 s; can be taken back
function Invoke-Step13 {
  Test-Workloads
}

# 14. soak-wspool: 3600 s without a fault on green
# expected 1 h; can be taken back
function Invoke-Step14 {
  Wait-Soak $seconds_14
}

# 15. unbalance-wspool: wspool leaves the load balancers and its connections end
# expected 1 min; gate delete-wspool; can be taken back
function Invoke-Step15 {
  Exit-LoadBalancers $blue_1 $seconds_15
}

# 15. unbalance-wspool: takes step 15 back
function Undo-Step15 {
  Enter-LoadBalancers $blue_1
}

# 16. delete-wspool: delete wspool
# expected 54 s; gate delete-wspool; cannot be taken back
function Invoke-Step16 {
  Test-Empty $blue_1
  Remove-Pool $blue_1 $owner_1
}

# 17. restore: take the run's marks off, restore holds
# expected 5 s; can be taken back
function Invoke-Step17 {
  Clear-Marks @workload_1
}

# 18. prove-wspool: nothing names wspool any more
# expected 1 s; can be taken back
function Invoke-Step18 {
  Test-Names $blue_1
}

# 19. final-check: pools, nodes, workloads as planned
# expected 1 s; can be taken back
function Invoke-Step19 {
  Test-Green $green_1 $target_sku $build_1
  Test-Workloads
}

# Takes one step.
function Invoke-Step([int]$Number) {
  switch ($Number) {
    1 {
      Write-Line '[1/19] preflight: send every write as a dry run'
      Invoke-Step1
    }
    2 {
      Write-Line '[2/19] features: features that the target asks for'
      Invoke-Step2
    }
    3 {
      Write-Line '[3/19] hold: hold autoscaler and auto-upgrade'
      Invoke-Step3
    }
    4 {
      Write-Line '[4/19] control-plane: the control plane is new enough for the target'
      Invoke-Step4
    }
    5 {
      Write-Line '[5/19] create-wspo22: create wspo22: Windows2022, 3 nodes of Standard_D2s_v3'
      Invoke-Step5
    }
    6 {
      Write-Line '[6/19] ready-wspo22: all nodes of wspo22 are Ready and their DaemonSet pods run'
      Invoke-Step6
    }
    7 {
      Write-Line '[7/19] identity-wspo22: 0 identities of wspool''s scale set on wspo22''s'
      Invoke-Step7
    }
    8 {
      Write-Line '[8/19] pre-pull-wspo22: pull 1 new image on wspo22 and start each once'
      Invoke-Step8
    }
    9 {
      Write-Line '[9/19] canary-wspool: one pod of default/Deployment/sample on wspo22, watched for 900 s'
      Invoke-Step9
    }
    10 {
      Write-Line '[10/19] retarget-deployment-default-sample: retarget: default/Deployment/sample to mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022'
      Invoke-Step10
    }
    11 {
      Write-Line '[11/19] lift-guard-wspo22: take the guard taint off wspo22'
      Invoke-Step11
    }
    12 {
      Write-Line '[12/19] drain-wspool: cordon wspool, move 0 pods of 0 workloads'
      Invoke-Step12
    }
    13 {
      Write-Line '[13/19] verify-wspool: every moved workload is ready on green'
      Invoke-Step13
    }
    14 {
      Write-Line '[14/19] soak-wspool: 3600 s without a fault on green'
      Invoke-Step14
    }
    15 {
      Write-Line '[15/19] unbalance-wspool: wspool leaves the load balancers and its connections end'
      Invoke-Step15
    }
    16 {
      Write-Line '[16/19] delete-wspool: delete wspool'
      Invoke-Step16
    }
    17 {
      Write-Line '[17/19] restore: take the run''s marks off, restore holds'
      Invoke-Step17
    }
    18 {
      Write-Line '[18/19] prove-wspool: nothing names wspool any more'
      Invoke-Step18
    }
    19 {
      Write-Line '[19/19] final-check: pools, nodes, workloads as planned'
      Invoke-Step19
    }
  }
}

# Takes one step back.
function Undo-Step([int]$Number) {
  switch ($Number) {
    5 { Undo-Step5 }
    8 { Undo-Step8 }
    9 { Undo-Step9 }
    10 { Undo-Step10 }
    12 { Undo-Step12 }
    15 { Undo-Step15 }
    default { Write-Line "step $Number leaves nothing to take back, or has no way back" }
  }
}

# Every step with its number.
function Show-Steps {
  Write-Output '  1  preflight: send every write as a dry run'
  Write-Output '       expected 5 s; can be taken back'
  Write-Output '  2  features: features that the target asks for'
  Write-Output '       nothing to do: Windows2022 needs no feature registration'
  Write-Output '  3  hold: hold autoscaler and auto-upgrade'
  Write-Output '       nothing to do: no autoscaler and no auto-upgrade channel is on'
  Write-Output '  4  control-plane: the control plane is new enough for the target'
  Write-Output '       nothing to do: it is new enough'
  Write-Output '  5  create-wspo22: create wspo22: Windows2022, 3 nodes of Standard_D2s_v3'
  Write-Output '       expected 5 min 5 s; can be taken back'
  Write-Output '  6  ready-wspo22: all nodes of wspo22 are Ready and their DaemonSet pods run'
  Write-Output '       expected 5 min 32 s; can be taken back'
  Write-Output '  7  identity-wspo22: 0 identities of wspool''s scale set on wspo22''s'
  Write-Output '       nothing to do: the scale set of wspool has no identities of its own'
  Write-Output '  8  pre-pull-wspo22: pull 1 new image on wspo22 and start each once'
  Write-Output '       expected 3 min 18 s; can be taken back'
  Write-Output '  9  canary-wspool: one pod of default/Deployment/sample on wspo22, watched for 900 s'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 10  retarget-deployment-default-sample: retarget: default/Deployment/sample to mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 11  lift-guard-wspo22: take the guard taint off wspo22'
  Write-Output '       expected 8 s; can be taken back'
  Write-Output ' 12  drain-wspool: cordon wspool, move 0 pods of 0 workloads'
  Write-Output '       expected 5 s; can be taken back'
  Write-Output ' 13  verify-wspool: every moved workload is ready on green'
  Write-Output '       expected 5 s; can be taken back'
  Write-Output ' 14  soak-wspool: 3600 s without a fault on green'
  Write-Output '       expected 1 h; can be taken back'
  Write-Output ' 15  unbalance-wspool: wspool leaves the load balancers and its connections end'
  Write-Output '       expected 1 min; gate delete-wspool; can be taken back'
  Write-Output ' 16  delete-wspool: delete wspool'
  Write-Output '       expected 54 s; gate delete-wspool; cannot be taken back'
  Write-Output ' 17  restore: take the run''s marks off, restore holds'
  Write-Output '       expected 5 s; can be taken back'
  Write-Output ' 18  prove-wspool: nothing names wspool any more'
  Write-Output '       expected 1 s; can be taken back'
  Write-Output ' 19  final-check: pools, nodes, workloads as planned'
  Write-Output '       expected 1 s; can be taken back'
}

Start-Move
