"""Linear algebra and nothing else: the product system in, scores, scaling and contribution lines out.

Both engines take one *record*, a plain mapping that can be written as JSON, and nothing but the record::

    {"demand":     {activity: amount},
     "activities": {activity: {"output": amount,                     # reference flow per run, > 0
                               "inputs":    [[line, provider, amount], …],
                               "emissions": [[line, flow, amount], …]}},        # the foreground
     "background": {activity: {"output": …, "inputs": …, "emissions": …}},      # same shape
     "flows":      {flow: {"factor": number or null, "category": text}}}        # characterisation

Amounts are numbers or decimal or fraction texts (`"0.1"`, `"5/18"`) in the unit of the provider's reference flow; a
negative amount is a credit. Foreground inputs may take from foreground and background, loops allowed; background
inputs take from the background only. A flow with factor null is not characterised: it is listed in the solution and
adds nothing.

Scores are kg CO2e per unit of an activity's reference flow, by category of flow (the origin of the carbon):

- the score of an activity solves  output·score = Σ emissions·factor + Σ inputs·score(provider);
- the scaling of the foreground solves  output·run = demand + Σ amount·run over the consumers;
- a contribution line is run·amount·score for an input from the background and run·amount·factor for an emission.
  Inputs from the foreground have no line: what they cause stands in the lines of the provider.

`zuji.engine.plain` does this with dictionaries and fractions and shares no code with the sparse engine.

Large backgrounds do not pass through records: `snapshot` holds one as columns, `plan` and `system` order and factorise
it, `diagnose` says why it cannot be solved, `adjoint` gives every score, and `contributions`, `sankey` and `what_if`
read from those scores. `docs/engine.md` has the formulas.
"""
