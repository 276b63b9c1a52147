import * as tf from '@tensorflow/tfjs';
import { compileTraining, devices } from './dist/index.js';
console.log(await devices());
const [D,H,O,B]=[64,128,16,64];
const r=(s,k)=>tf.variable(tf.randomNormal(s,0,k,'float32',7));
const mk=()=>[r([D,H],.1),tf.variable(tf.zeros([H])),r([H,H],.1),tf.variable(tf.zeros([H])),r([H,O],.1),tf.variable(tf.zeros([O]))];
function prog(){ const vs=mk(); const opt=tf.train.adam(1e-3);
return {inputs:[{name:'x',shape:[B,D]},{name:'y',shape:[B,O]}], step:({x,y})=>({loss:opt.minimize(()=>{ const [a,b,c,d,e,f]=vs; let h=tf.relu(tf.add(tf.matMul(x,a),b)); h=tf.relu(tf.add(tf.matMul(h,c),d)); return tf.losses.meanSquaredError(y,tf.add(tf.matMul(h,e),f)); }, true)})};}
const fill=(s,{x,y})=>{ for(let i=0;i<x.length;i++) x[i]=Math.sin(s*17+i*0.7); for(let i=0;i<y.length;i++) y[i]=Math.cos(s*3+i*1.3); };
const c=await compileTraining(prog(),{device:'cpu'}); 
const t=performance.now(); const a=await c.run(200,fill); console.log('compiled ms/step',(performance.now()-t)/200);
const e=await compileTraining(prog(),{device:'tfjs-cpu'}); const b=await e.run(200,fill);
let m=0; for(let i=0;i<200;i++) m=Math.max(m,Math.abs(a.loss[i]-b.loss[i])/b.loss[i]); console.log(m,a.loss[0],a.loss[199],b.loss[199]);
await c.sync(); await c.dispose();
