import { startSupabase } from "./supabase.ts";
const t0=performance.now(); const T=()=>Math.round(performance.now()-t0)+"ms cpu "+Math.round(process.cpuUsage().user/1000);
const s = await startSupabase();
console.log("main", T(),"up"); await s.stop();
