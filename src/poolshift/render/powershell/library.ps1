# The functions of a rendered PowerShell script. A script takes along only those that it uses: each
# starts with its comment and `function Verb-Noun` in the first column and ends with `}` there. What
# they read from outside stands on top of a rendered script as variables.

# Tells what happens.
function Write-Line([string]$Text) {
  [Console]::Error.WriteLine($Text)
}

# Tells what is the case already.
function Write-Already([string]$Text) {
  Write-Line "  already: $Text"
}

# Ends the script: what is wrong, then what to do.
function Stop-Move([string]$What, [string]$Cure = '') {
  Write-Line "error: $What"
  if ($Cure) {
    Write-Line "  do: $Cure"
  }
  exit 1
}

# Ends the script before anything was changed.
function Deny-Move([string]$What, [string]$Cure = '') {
  Write-Line "refused: $What"
  if ($Cure) {
    Write-Line "  do: $Cure"
  }
  exit 2
}

# How the script goes on after a failure.
function Get-GoOn {
  "mend the cause, then go on with: move.ps1 -From $script:current"
}

# Waits once more, and fails when it has waited too long: since when, what for.
function Wait-More([datetime]$Since, [string]$For) {
  $waited = [int]((Get-Date) - $Since).TotalSeconds
  if ($waited -ge $patience_s) {
    Stop-Move "$For (waited $waited s)" "look at it, then go on with: move.ps1 -From $script:current"
  }
  if ($script:lastSaid -ne $For) {
    Write-Line "  waiting: $For"
    $script:lastSaid = $For
  }
  Start-Sleep -Seconds $poll_s
}

# The value under a path of keys; nothing where one is absent.
function Read-Field($Object, [string[]]$Path) {
  $found = $Object
  foreach ($key in $Path) {
    if ($found -isnot [System.Collections.IDictionary] -or -not $found.Contains($key)) {
      return $null
    }
    $found = $found[$key]
  }
  return , $found
}

# The list under a path of keys; an empty one where it is absent.
function Read-List($Object, [string[]]$Path) {
  $found = Read-Field $Object $Path
  if ($null -eq $found) {
    return , @()
  }
  return , @($found)
}

# Runs kubectl and gives what it prints; what it complains about is kept.
function Use-Kubectl([string[]]$Words) {
  $all = @(& kubectl "--context=$script:kubeContext" $Words 2>&1)
  $script:kubeExit = $LASTEXITCODE
  $wrong = $all | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] }
  $script:kubeSaid = @($wrong | ForEach-Object { "$_" }) -join "`n"
  @($all | Where-Object { $_ -isnot [System.Management.Automation.ErrorRecord] }) -join "`n"
}

# Runs kubectl; the script ends when that fails.
function Invoke-Kubectl([string[]]$Words) {
  $found = Use-Kubectl $Words
  if ($script:kubeExit -ne 0) {
    Stop-Move "kubectl $($Words[0]) failed: $script:kubeSaid" (Get-GoOn)
  }
  $found
}

# Shows a change by kubectl, then makes it.
function Invoke-Change([string[]]$Words) {
  Write-Line "  + kubectl $($Words -join ' ')"
  [void](Invoke-Kubectl $Words)
}

# What kubectl reads, as objects; nothing where it finds nothing.
function Get-Kube([string[]]$Words) {
  $found = Invoke-Kubectl ($Words + '--output=json')
  if (-not $found) {
    return $null
  }
  return , (ConvertFrom-Json -InputObject $found -AsHashtable -Depth 100)
}

# The items that kubectl lists.
function Get-KubeItems([string[]]$Words) {
  return , (Read-List (Get-Kube $Words) @('items'))
}

# One workload; nothing where it is gone.
function Get-Workload([string]$Ns, [string]$Kind, [string]$Name) {
  return , (Get-Kube @('get', "$Kind/$Name", "--namespace=$Ns", '--ignore-not-found'))
}

# A call of ARM by path; headers go by a request of its own, as Invoke-AzRestMethod sends none.
function Send-Arm([string]$Method, [string]$Path, $Body = $null, [hashtable]$Headers = @{}) {
  $context = Get-AzContext
  $base = $context.Environment.ResourceManagerUrl.TrimEnd('/')
  $token = (Get-AzAccessToken -ResourceUrl $context.Environment.ResourceManagerUrl).Token
  if ($token -is [string]) {
    $token = ConvertTo-SecureString -String $token -AsPlainText -Force
  }
  $request = @{
    Method = $Method
    Uri = "$base$Path"
    Headers = $Headers
    Authentication = 'Bearer'
    Token = $token
    SkipHttpErrorCheck = $true
    SkipHeaderValidation = $true
    TimeoutSec = 120
  }
  if ($null -ne $Body) {
    $request.Body = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $Body -Depth 100))
    $request.ContentType = 'application/json'
  }
  Invoke-WebRequest @request
}

# A read of ARM as an object; nothing where there is none.
function Get-Arm([string]$Path) {
  $answer = Invoke-AzRestMethod -Method GET -Path $Path
  if ($answer.StatusCode -eq 404) {
    return $null
  }
  if ($answer.StatusCode -ge 400) {
    Stop-Move "ARM answers $($answer.StatusCode): $($answer.Content)" (Get-GoOn)
  }
  return , (ConvertFrom-Json -InputObject $answer.Content -AsHashtable -Depth 100)
}

# A change by ARM; while the service is busy it is asked again.
function Set-Arm([string]$Method, [string]$Path, $Body = $null, [hashtable]$Headers = @{}) {
  Write-Line "  + $Method $Path"
  for ($try = 1; $try -le 30; $try++) {
    $answer = Send-Arm $Method $Path $Body $Headers
    $said = "$($answer.Content)"
    if ($answer.StatusCode -lt 400) {
      return
    }
    if ($said -notmatch 'OperationNotAllowed|AnotherOperation|TooManyRequests|EtagMismatch') {
      Stop-Move "the service refused: $said" (Get-GoOn)
    }
    Write-Line '  the service is busy, asking again in a minute'
    Start-Sleep -Seconds 60
  }
  Stop-Move "the service is still busy: $said" (Get-GoOn)
}

# The cluster, as ARM has it.
function Get-Cluster {
  $found = Get-Arm "${cluster_id}?api-version=$api_version"
  if ($null -eq $found) {
    Stop-Move "there is no cluster $cluster_id" 'look at Get-AzContext'
  }
  return , $found
}

# One pool, as ARM has it; nothing where there is none.
function Get-Pool([string]$Name) {
  return , (Get-Arm "$cluster_id/agentPools/${Name}?api-version=$api_version")
}

# The mark of a pool: the plan that made it, `-` of another, nothing where there is no pool.
function Get-PoolMark([string]$Name) {
  $pool = Get-Pool $Name
  if ($null -eq $pool) {
    return ''
  }
  $mark = Read-Field $pool @('properties', 'tags', 'poolshift-run')
  if ($mark) { return "$mark" }
  '-'
}

# The clients are there.
function Test-Clients {
  foreach ($name in @('kubectl', 'Get-AzContext', 'Get-AzAccessToken', 'Invoke-AzRestMethod', 'New-AzAksNodePool')) {
    if (-not (Get-Command $name -ErrorAction SilentlyContinue)) {
      Deny-Move "$name is not there" 'install kubectl and the modules Az.Accounts and Az.Aks'
    }
  }
  if (-not (Get-AzContext)) {
    Deny-Move 'nobody is signed in' 'Connect-AzAccount'
  }
  [void](Set-AzContext -SubscriptionId $subscription)
}

# The sign-in and kubectl speak of the plan's cluster, and of the same.
function Test-Cluster {
  $found = Get-Cluster
  $script:nodeGroup = "$(Read-Field $found @('properties', 'nodeResourceGroup'))"
  if (-not $script:kubeContext) {
    $script:kubeContext = "$(& kubectl config current-context 2>$null)"
    if ($LASTEXITCODE -ne 0 -or -not $script:kubeContext) {
      Deny-Move 'kubectl has no current context' 'Import-AzAksCredential, or pass -Context NAME'
    }
  }
  $nodes = Get-KubeItems @('get', 'nodes')
  if ($nodes.Count -eq 0) {
    Deny-Move "context $script:kubeContext has no nodes" 'pass -Context NAME'
  }
  $id = "$(Read-Field $nodes[0] @('spec', 'providerID'))".ToLowerInvariant()
  $label = "$(Read-Field $nodes[0] @('metadata', 'labels', 'kubernetes.azure.com/cluster'))"
  $wanted = "azure:///subscriptions/$subscription/resourcegroups/$script:nodeGroup/".ToLowerInvariant()
  if (-not $id.StartsWith($wanted) -and ($id -or $label -ine $script:nodeGroup)) {
    Deny-Move "kubectl's context $script:kubeContext is another cluster ($id)" 'pass -Context NAME'
  }
}

# The rights are there, and no run of poolshift holds the cluster.
function Test-Access {
  $rights = @(
    'list nodes', 'patch nodes', 'list pods', 'patch pods', 'create pods/eviction',
    'get deployments.apps', 'patch deployments.apps', 'patch statefulsets.apps',
    'create daemonsets.apps', 'delete daemonsets.apps', 'list poddisruptionbudgets.policy'
  )
  foreach ($right in $rights) {
    [void](Use-Kubectl (@('auth', 'can-i') + $right.Split(' ') + @('--all-namespaces', '--quiet')))
    if ($script:kubeExit -ne 0) {
      Stop-Move "no right to $right" 'bind a role that allows it to this identity'
    }
  }
  $lease = Get-Kube @('get', 'lease', 'poolshift', '--namespace=kube-system', '--ignore-not-found')
  $holder = Read-Field $lease @('spec', 'holderIdentity')
  if ($holder) {
    Stop-Move "a run of poolshift holds the cluster: $holder" 'let it end: poolshift runs list'
  }
}

# The cluster is settled and of the planned version.
function Test-Version([string]$Wanted) {
  $found = Get-Cluster
  $state = Read-Field $found @('properties', 'provisioningState')
  if ($state -ne 'Succeeded') {
    Stop-Move "the cluster is $state" 'let the other operation end'
  }
  $has = Read-Field $found @('properties', 'currentKubernetesVersion')
  if ($has -ne $Wanted) {
    Stop-Move "the cluster runs Kubernetes $has, the plan was made for $Wanted" 'make a new plan'
  }
}

# Blue is still what the plan was made for; or it is gone and its green is there.
function Test-Blue([string]$Blue, [string]$Green, [string]$Sku, [string]$Size, [int]$Count) {
  $mark = Get-PoolMark $Green
  if ($mark -and $mark -ne $plan) {
    Stop-Move "there is a pool $Green that this plan did not make" 'plan again with another --green'
  }
  $pool = Get-Pool $Blue
  if ($null -eq $pool) {
    if (-not $mark) {
      Stop-Move "there is no pool $Blue any more" 'make a new plan'
    }
    Write-Already "$Blue is gone and $Green is there"
    return
  }
  $state = Read-Field $pool @('properties', 'provisioningState')
  if ($state -ne 'Succeeded') {
    Stop-Move "the pool $Blue is $state" 'wait for it or mend it, then start again'
  }
  $has = Read-Field $pool @('properties', 'osSKU')
  if ($Sku -and $has -ne $Sku) {
    Stop-Move "the pool $Blue is $has, the plan was made for $Sku" 'make a new plan'
  }
  $has = Read-Field $pool @('properties', 'vmSize')
  if ($has -ine $Size) {
    Stop-Move "the pool $Blue has nodes of $has, the plan was made for $Size" 'make a new plan'
  }
  $has = Read-Field $pool @('properties', 'count')
  if ($has -ne $Count) {
    Write-Line "  note: $Blue has $has nodes, the plan was made for $Count; $Green gets the larger number"
  }
}

# A feature of the subscription is registered.
function Register-Feature([string]$Name) {
  $since = Get-Date
  $asked = $false
  while ($true) {
    $feature = Get-AzProviderFeature -ProviderNamespace 'Microsoft.ContainerService' -FeatureName $Name
    if ($feature.RegistrationState -eq 'Registered') {
      break
    }
    if (-not $asked) {
      [void](Register-AzProviderFeature -ProviderNamespace 'Microsoft.ContainerService' -FeatureName $Name)
      $asked = $true
    }
    Wait-More $since "the feature $Name is $($feature.RegistrationState)"
  }
  if ($asked) {
    [void](Register-AzResourceProvider -ProviderNamespace 'Microsoft.ContainerService')
  }
}

# The header that a change asks for: the object is still the one that was read.
function Get-Match($Object) {
  $etag = Read-Field $Object @('eTag')
  if (-not $etag) {
    $etag = Read-Field $Object @('properties', 'eTag')
  }
  if ($etag) {
    return @{ 'If-Match' = "$etag" }
  }
  @{}
}

# Both auto-upgrade channels of the cluster.
function Set-Channels([string]$Upgrade, [string]$NodeOs) {
  $since = Get-Date
  $asked = $false
  while ($true) {
    $found = Get-Cluster
    $channels = Read-Field $found @('properties', 'autoUpgradeProfile')
    $has = @((Read-Text $channels @('upgradeChannel') 'none'), (Read-Text $channels @('nodeOSUpgradeChannel') 'None'))
    $state = Read-Field $found @('properties', 'provisioningState')
    if ($state -eq 'Succeeded' -and $has[0] -ieq $Upgrade -and $has[1] -ieq $NodeOs) {
      return
    }
    if (-not $asked) {
      $found['properties']['autoUpgradeProfile'] = @{ upgradeChannel = $Upgrade; nodeOSUpgradeChannel = $NodeOs }
      Set-Arm 'PUT' "${cluster_id}?api-version=$api_version" $found (Get-Match $found)
      $asked = $true
    }
    Wait-More $since "the auto-upgrade channels are being set ($state)"
  }
}

# The control plane runs a version; its pools keep theirs.
function Update-ControlPlane([string]$Version) {
  $since = Get-Date
  $asked = $false
  while ($true) {
    $found = Get-Cluster
    $state = Read-Field $found @('properties', 'provisioningState')
    $has = Read-Field $found @('properties', 'currentKubernetesVersion')
    if ($state -eq 'Succeeded' -and $has -eq $Version) {
      return
    }
    if (-not $asked) {
      Confirm-Step 'control-plane' "upgrade the control plane to $Version"
      $found['properties']['kubernetesVersion'] = $Version
      Set-Arm 'PUT' "${cluster_id}?api-version=$api_version" $found (Get-Match $found)
      $asked = $true
    }
    Wait-More $since "the control plane is not at $Version yet ($state $has)"
  }
}

# A person types a name before what cannot be taken back: name, what will be done.
function Confirm-Step([string]$Name, [string]$What) {
  if ($Yes) {
    return
  }
  $answer = Read-Host "  This cannot be taken back. To $What, type $Name"
  if ($answer -ne $Name) {
    Stop-Move 'not confirmed' "type $Name, or pass -Yes; go on with: move.ps1 -From $script:current"
  }
}

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

# Green's scale set has these identities.
function Add-Identities([string]$Green, [string[]]$Ids) {
  $sets = Get-Arm "/subscriptions/$subscription/resourceGroups/$script:nodeGroup/providers/Microsoft.Compute/virtualMachineScaleSets?api-version=$compute_version"
  $set = $null
  foreach ($one in (Read-List $sets @('value'))) {
    $of = Read-Field $one @('tags', 'aks-managed-poolName')
    if (-not $of) { $of = Read-Field $one @('tags', 'poolName') }
    if ($of -eq $Green) { $set = $one }
  }
  if ($null -eq $set) {
    Stop-Move "the pool $Green has no scale set in $script:nodeGroup"
  }
  $have = Read-Field $set @('identity', 'userAssignedIdentities')
  $names = @()
  if ($have) { $names = @($have.Keys) }
  $missing = @($Ids | Where-Object { $_ -notin $names })
  if ($missing.Count -eq 0) {
    Write-Already "the identities are on $($set['name'])"
    return
  }
  $type = 'UserAssigned'
  if ("$(Read-Field $set @('identity', 'type'))" -match 'SystemAssigned') {
    $type = 'SystemAssigned, UserAssigned'
  }
  $ours = @{}
  foreach ($id in $missing) {
    $ours[$id] = @{}
  }
  Set-Arm 'PATCH' "$($set['id'])?api-version=$compute_version" @{ identity = @{ type = $type; userAssignedIdentities = $ours } }
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

# Switches a pool's autoscaler on.
function Enable-Autoscaler([string]$Name, [int]$Minimum, [int]$Maximum, [hashtable]$Headers) {
  if ((Read-Field (Get-Pool $Name) @('properties', 'enableAutoScaling'))) {
    Write-Already "the autoscaler of $Name is on"
    return
  }
  Update-Pool $Name @{ enableAutoScaling = $true; minCount = $Minimum; maxCount = $Maximum } $Headers
  Wait-Pool $Name
}

# The autoscaler takes no node of a pool away; what somebody else holds stays theirs.
function Suspend-Nodes([string]$Name) {
  foreach ($node in (Get-Nodes $Name)) {
    if (-not (Get-Note $node 'cluster-autoscaler.kubernetes.io/scale-down-disabled')) {
      Invoke-Change @('annotate', 'node', (Get-ObjectName $node), 'cluster-autoscaler.kubernetes.io/scale-down-disabled=true', "poolshift.io/held-by=$plan")
    }
  }
}

# Takes this plan's holds back.
function Resume-Nodes([string]$Name) {
  foreach ($node in (Get-Nodes $Name)) {
    if ((Get-Note $node 'poolshift.io/held-by') -eq $plan) {
      Invoke-Change @('annotate', 'node', (Get-ObjectName $node), 'cluster-autoscaler.kubernetes.io/scale-down-disabled-', 'poolshift.io/held-by-')
    }
  }
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

# Keeps a pool for so many seconds.
function Wait-Keeping([string]$Name, [int]$Seconds) {
  for ($left = $Seconds; $left -gt 0; $left -= 300) {
    if ($null -eq (Get-Pool $Name)) {
      Write-Already "the pool $Name is gone"
      return
    }
    Write-Line "  the pool $Name is kept for another $left s"
    Start-Sleep -Seconds ([Math]::Min($left, 300))
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

# No webhook keeps the pods of a workload where they are.
function Test-Eviction([string]$Ns, [string]$Kind, [string]$Name) {
  $pods = Get-PodsOf $Ns $Kind $Name
  if ($pods.Count -eq 0) {
    return
  }
  $said = Request-Eviction $pods[0] -DryRun
  if ($said -and $said -notmatch 'TooManyRequests|NotFound|Conflict') {
    Stop-Move "the pods of $Ns/$Name cannot be evicted: $said" 'exempt them from that webhook'
  }
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

# The owner of a template changes it; what has to be written is told once.
function Wait-Owner([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string]$Owner, [string[]]$Wanted) {
  $since = Get-Date
  $told = $false
  while (-not (Test-Retargeted $Ns $Kind $Name $File)) {
    if (-not $told) {
      Write-Line "  $Owner owns the template of $Ns/$Name; write into its source:"
      $Wanted | ForEach-Object { Write-Line "    $_" }
      $told = $true
    }
    Wait-More $since "$Owner has not changed $Ns/$Name yet"
  }
  Wait-Rollout $Ns $Kind $Name
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

# Moves the pods of a workload off a cordoned pool: never more at once than it may miss.
function Move-Off([string]$Ns, [string]$Kind, [string]$Name, [string]$From) {
  $since = Get-Date
  while ($true) {
    $workload = Get-Workload $Ns $Kind $Name
    if ($null -eq $workload) {
      Write-Line "  note: $Kind $Ns/$Name no longer exists"
      return
    }
    $pods = Get-PodsOf $Ns $Kind $Name
    $left = Select-OnPools $pods @($From)
    $replicas = Get-Replicas $workload
    $ready = @($pods | Where-Object { Test-Ready $_ }).Count
    if ($Kind -eq 'deployment' -and (Get-Note $workload 'poolshift.io/surged-by') -eq $plan) {
      Complete-Surge $Ns $Name $workload $left $ready
    } elseif ($left.Count -eq 0 -and $ready -ge $replicas) {
      Write-Line "  no pod of $Ns/$Name is left on $From"
      return
    } elseif ($left.Count -gt 0) {
      Move-Some $Ns $Kind $Name $workload $left $ready
    }
    Wait-More $since "$Ns/${Name}: $($left.Count) pods are left on $From, $ready of $replicas are ready"
  }
}

# Evicts as many pods as a workload may miss now, or gives it more pods where it may miss none.
function Move-Some([string]$Ns, [string]$Kind, [string]$Name, $Workload, [object[]]$Left, [int]$Ready) {
  # A pod that serves nobody can go without anyone falling below anything.
  foreach ($pod in $Left) {
    if (-not (Test-Ready $pod)) {
      Move-Pod $pod
      return
    }
  }
  $replicas = Get-Replicas $Workload
  $missing = Get-MayMiss $Workload $Kind $replicas
  $free = $Ready - $replicas + $missing
  if ($Kind -eq 'deployment' -and $missing -eq 0 -and $Ready -ge $replicas -and $free -eq 0) {
    Start-Surge $Ns $Name $Workload $Left.Count
    return
  }
  foreach ($pod in $Left) {
    if ($free -le 0) {
      return
    }
    Move-Pod $pod
    $free--
  }
}

# A Deployment that may miss no pod gets its surge's worth of pods more.
function Start-Surge([string]$Ns, [string]$Name, $Workload, [int]$Count) {
  $replicas = Get-Replicas $Workload
  $surge = Read-Text $Workload @('spec', 'strategy', 'rollingUpdate', 'maxSurge') '25%'
  $more = [Math]::Max(1, (Get-Scaled $surge $replicas -Up))
  $to = $replicas + [Math]::Min($more, $Count)
  Invoke-Change @('annotate', '--overwrite', 'deployment', $Name, "--namespace=$Ns", "poolshift.io/surged-by=$plan", "poolshift.io/surged-from=$replicas", "poolshift.io/surged-to=$to")
  Invoke-Change @('scale', 'deployment', $Name, "--namespace=$Ns", "--current-replicas=$replicas", "--replicas=$to")
}

# When the pods more are ready, as many on the old nodes go.
function Complete-Surge([string]$Ns, [string]$Name, $Workload, [object[]]$Left, [int]$Ready) {
  $replicas = Get-Replicas $Workload
  $from = [int](Get-Note $Workload 'poolshift.io/surged-from')
  $to = [int](Get-Note $Workload 'poolshift.io/surged-to')
  # What somebody else has set meanwhile stays.
  if ($replicas -eq $to) {
    if ($Ready -lt $replicas) {
      return
    }
    foreach ($pod in @($Left | Select-Object -First ($to - $from))) {
      Invoke-Change @('annotate', '--overwrite', 'pod', (Get-ObjectName $pod), "--namespace=$Ns", 'controller.kubernetes.io/pod-deletion-cost=-2147483647', "poolshift.io/chosen-by=$plan")
    }
    Invoke-Change @('scale', 'deployment', $Name, "--namespace=$Ns", "--current-replicas=$to", "--replicas=$from")
  }
  Invoke-Change @('annotate', 'deployment', $Name, "--namespace=$Ns", 'poolshift.io/surged-by-', 'poolshift.io/surged-from-', 'poolshift.io/surged-to-')
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
